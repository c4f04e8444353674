#include "net/server/request_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "api/host.h"
#include "core/ascii.h"

namespace picus::net {
namespace {

constexpr std::size_t kMaxMethodBytes = 64;

std::unexpected<Error> bad_request(std::string message) {
  return failure(ErrorCode::bad_request, std::move(message));
}

constexpr bool is_control(char c) { return (c >= '\0' && c < ' ') || c == '\x7F'; }

/// By the value of a byte: whether it is a character of a token.
constexpr auto kTokenChars = [] {
  std::array<bool, 256> chars{};
  for (std::size_t i = 0; i < chars.size(); ++i) chars[i] = is_token_char(static_cast<char>(i));
  return chars;
}();

/// The characters of a token that the text begins with.
std::string_view token_of(std::string_view text) {
  // Unlike std::ranges::find_if_not(), this one looks at several before it counts on.
  const auto* const end = std::find_if_not(
      text.begin(), text.end(), [](char c) { return kTokenChars[static_cast<unsigned char>(c)]; });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

bool is_token(std::string_view text) { return !text.empty() && token_of(text) == text; }

/// Whether one of so many bytes is DEL, or below `kLeast`. Compilers compare all of them at once.
template <unsigned char kLeast, std::size_t kBytes>
bool has_control_at(std::size_t index, std::string_view text) {
  bool found = false;
  for (std::size_t i = index; i < index + kBytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    found |= byte < kLeast || byte == 0x7F;
  }
  return found;
}

/// The same for all bytes of a text, which has at least `kBytes`.
template <unsigned char kLeast, std::size_t kBytes>
bool has_control_in_blocks(std::string_view text) {
  const std::size_t last = text.size() - kBytes;
  for (std::size_t i = 0;; i += kBytes) {
    if (has_control_at<kLeast, kBytes>(std::min(i, last), text)) return true;
    if (i >= last) return false;
  }
}

template <unsigned char kLeast>
bool has_control(std::string_view text) {
  if (text.size() >= 16) return has_control_in_blocks<kLeast, 16>(text);
  if (text.size() >= 8) return has_control_in_blocks<kLeast, 8>(text);
  return std::ranges::any_of(text, [](char c) { return has_control_at<kLeast, 1>(0, {&c, 1}); });
}

bool is_field_value(std::string_view text) {
  return !has_control<' '>(text) ||
         std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\t'; });
}

bool is_target(std::string_view text) { return !text.empty() && !has_control<'!'>(text); }

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Describes what is wrong with a part of a head; empty if nothing is.
using Fault = std::string_view;

/// Reads a head line by line; keeps views of what it finds, and the fields that frame the message.
class HeadParser {
 public:
  explicit HeadParser(RequestHead& head) : head_(head) {}

  Result<void> run(std::string_view text) {
    const Fault fault = read(text);
    if (!fault.empty()) return bad_request(std::string(fault));
    return check();
  }

 private:
  Fault read(std::string_view text);
  Fault read_request_line(std::string_view line);
  Fault read_field(std::string_view line);
  Fault note_length(std::string_view value);
  Fault note_encoding(std::string_view value);
  Fault note_host(std::string_view value);
  Fault note_connection(std::string_view options);
  Fault note_expectation(std::string_view value);
  Result<void> check();
  Result<void> check_target();

  RequestHead& head_;
  std::optional<std::size_t> host_index_;
  bool closes_ = false;
  bool stays_ = false;
};

Fault HeadParser::read(std::string_view text) {
  for (bool first = true;; first = false) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || end == 0 || text[end - 1] != '\r') {
      return "The head of the request is incomplete.";
    }
    const std::string_view line = text.substr(0, end - 1);
    if (line.empty() && !first) return {};
    const Fault fault = first ? read_request_line(line) : read_field(line);
    if (!fault.empty()) return fault;
    text.remove_prefix(end + 1);
  }
}

/// RFC 9112, 3.
Fault HeadParser::read_request_line(std::string_view line) {
  const auto method_end = line.find(' ');
  head_.method_text = line.substr(0, method_end);
  if (!is_token(head_.method_text)) {
    return "The head of the request is not HTTP/1.1: the method is malformed.";
  }
  if (head_.method_text.size() > kMaxMethodBytes) {
    return "The method is longer than 64 characters.";
  }
  head_.method = method_of(head_.method_text);
  line.remove_prefix(std::min(head_.method_text.size() + 1, line.size()));
  head_.target = line.substr(0, line.find(' '));
  if (!is_target(head_.target)) {
    return "The head of the request is not HTTP/1.1: the target is malformed.";
  }
  line.remove_prefix(std::min(head_.target.size() + 1, line.size()));
  head_.http11 = line == "HTTP/1.1";
  if (!head_.http11 && line != "HTTP/1.0") {
    return "The protocol version is not HTTP/1.0 or HTTP/1.1.";
  }
  return {};
}

/// RFC 9112, 5.
Fault HeadParser::read_field(std::string_view line) {
  const std::string_view name = token_of(line);
  if (name.empty() || !line.substr(name.size()).starts_with(':')) {
    return "The head of the request is not HTTP/1.1: the name of a header is malformed.";
  }
  const std::string_view value = without_spaces(line.substr(name.size() + 1));
  if (!is_field_value(value)) {
    return "The head of the request is not HTTP/1.1: the value of a header is malformed.";
  }
  head_.headers.push_back({.name = name, .value = value});
  // The few fields that frame the message; all others are the API's.
  if (equals_ignoring_case(name, "Host")) return note_host(value);
  if (equals_ignoring_case(name, "Content-Length")) return note_length(value);
  if (equals_ignoring_case(name, "Transfer-Encoding")) return note_encoding(value);
  if (equals_ignoring_case(name, "Connection")) return note_connection(value);
  if (equals_ignoring_case(name, "Expect")) return note_expectation(value);
  return {};
}

Fault HeadParser::note_connection(std::string_view options) {
  while (!options.empty()) {
    const std::string_view option = take_until(options, ',');
    if (!option.empty() && !is_token(option)) return "Connection is not a list of options.";
    closes_ = closes_ || equals_ignoring_case(option, "close");
    stays_ = stays_ || equals_ignoring_case(option, "keep-alive");
  }
  return {};
}

Fault HeadParser::note_expectation(std::string_view value) {
  head_.expects_continue = true;
  if (equals_ignoring_case(value, "100-continue")) return {};
  return "The only supported expectation is 100-continue.";
}

Fault HeadParser::note_length(std::string_view value) {
  if (head_.content_length) return "Content-Length is given more than once.";
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  const auto [stop, fault] = std::from_chars(value.data(), end, length);
  if (value.empty() || fault != std::errc() || stop != end) {
    return "Content-Length is not a number of bytes.";
  }
  head_.content_length = length;
  return {};
}

Fault HeadParser::note_encoding(std::string_view value) {
  if (head_.chunked || !equals_ignoring_case(value, "chunked")) {
    return "The only supported Transfer-Encoding is chunked, once.";
  }
  head_.chunked = true;
  return {};
}

Fault HeadParser::note_host(std::string_view value) {
  if (host_index_) return "Host is given more than once.";
  head_.host = Host::parse(value);
  if (!head_.host) return "Host is not a host name with an optional port.";
  host_index_ = head_.headers.size() - 1;
  return {};
}

Result<void> HeadParser::check() {
  // RFC 9112, 9.3: `close` wins, also over the keep-alive of HTTP/1.0.
  head_.keep_alive = (head_.http11 || stays_) && !closes_;
  if (head_.chunked && head_.content_length) {
    return bad_request("A request must not have both Content-Length and Transfer-Encoding.");
  }
  if (head_.chunked && !head_.http11) {
    return bad_request("Transfer-Encoding is not supported in HTTP/1.0.");
  }
  if (head_.http11 && !host_index_) return bad_request("The Host header is missing.");
  if (!head_.http11) head_.expects_continue = false;
  if (head_.target.size() > kMaxTargetBytes) {
    return failure(ErrorCode::uri_too_long, "The request target is longer than 8192 bytes.");
  }
  return check_target();
}

/// RFC 9112, 3.2: origin form, `*` with OPTIONS, or absolute form, whose authority takes the place
/// of Host.
Result<void> HeadParser::check_target() {
  const std::string_view target = head_.target;
  if (target.contains('#')) return bad_request("The request target has a fragment.");
  if (target.starts_with('/')) return {};
  if (target == "*" && head_.method == Method::options) return {};
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return bad_request("The request target is not a path.");
  const std::string_view scheme = target.substr(0, scheme_end);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
    return bad_request("The scheme of the request target is not http.");
  }
  const std::string_view rest = target.substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  head_.host = Host::parse(authority);
  if (authority.empty() || !head_.host) {
    return bad_request("The host of the request target is not valid.");
  }
  head_.target = rest.substr(authority_end);
  if (!head_.target.starts_with('/')) {
    head_.rewritten = "/";
    head_.rewritten += head_.target;
    head_.target = head_.rewritten;
  }
  if (host_index_) {
    head_.headers[*host_index_].value = authority;
  } else {
    head_.headers.push_back({.name = "Host", .value = authority});
  }
  return {};
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view bytes) {
  while (true) {
    if (line_begin_ < bytes.size()) {
      const char first = bytes[line_begin_];
      // White space there would fold a line into the last one, and anything else begins no request.
      if (first == ' ' || first == '\t') return State::malformed;
      if (in_request_line() && first != '\r' && !is_token_char(first)) return State::malformed;
    }
    const auto end = bytes.find('\n', seen_);
    if (end == std::string_view::npos) {
      seen_ = bytes.size();
      return State::incomplete;
    }
    if (end == line_begin_ || bytes[end - 1] != '\r') return State::malformed;
    const bool empty = end == line_begin_ + 1;
    const bool before_request = empty && in_request_line();
    line_begin_ = seen_ = end + 1;
    if (before_request) {
      head_begin_ = line_begin_;
    } else if (empty) {
      return State::complete;
    }
  }
}

std::string_view RequestHead::request_id() const {
  for (const auto& header : headers) {
    if (equals_ignoring_case(header.name, kRequestIdHeader)) return header.value;
  }
  return {};
}

namespace {

void clear(RequestHead& head) {
  head.method = Method::other;
  head.method_text = head.target = {};
  head.headers.clear();
  head.http11 = head.keep_alive = true;
  head.chunked = head.expects_continue = false;
  head.content_length.reset();
  head.host.reset();
}

}  // namespace

Result<void> parse_head(std::string_view text, RequestHead& head) {
  clear(head);
  return HeadParser(head).run(text);
}

void skim_head(std::string_view text, RequestHead& head) {
  clear(head);
  const std::size_t method_bytes = text.find(' ');
  if (method_bytes <= kMaxMethodBytes &&
      std::ranges::all_of(text.substr(0, method_bytes), is_token_char)) {
    head.method_text = text.substr(0, method_bytes);
    head.method = method_of(head.method_text);
  }
  for (bool is_field = false; text.contains('\n'); is_field = true) {
    std::string_view line = take_until(text, '\n');
    if (!is_field) continue;
    const std::string_view name = line.substr(0, line.find(':'));
    if (name.empty() || name.size() == line.size() || !std::ranges::all_of(name, is_token_char)) {
      continue;
    }
    head.headers.push_back({.name = name, .value = trimmed(line.substr(name.size() + 1))});
  }
}

}  // namespace picus::net
