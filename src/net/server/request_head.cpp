#include "net/server/request_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <cstring>
#include <utility>

#include "api/host.h"
#include "core/ascii.h"

namespace picus::net {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxMethodBytes = 64;

std::unexpected<Error> bad_request(std::string message) {
  return failure(ErrorCode::bad_request, std::move(message));
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

bool lists_close(std::string_view options) {
  while (!options.empty()) {
    if (equals_ignoring_case(take_until(options, ','), "close")) return true;
  }
  return false;
}

/// Takes Beast's parser through a head; keeps views of what it finds, and the fields that frame the
/// message.
class HeadParser final : public http::basic_parser<true> {
 public:
  explicit HeadParser(RequestHead& head) : head_(head) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
  }

  Result<void> run(std::string_view text) {
    error_code error;
    put(asio::buffer(text.data(), text.size()), error);
    if (!fault_.empty()) return bad_request(std::string(fault_));
    if (error && error != http::error::need_more) return bad_request(describe(error));
    if (!is_header_done()) return bad_request("The head of the request is incomplete.");
    return check();
  }

 private:
  static std::string describe(const error_code& error) {
    return "The head of the request is not HTTP/1.1: " + error.message() + ".";
  }

  void refuse(std::string_view fault, error_code& error) {
    fault_ = fault;
    error = http::error::bad_value;
  }

  Result<void> check();
  Result<void> check_target();
  void note_length(std::string_view value, error_code& error);
  void note_encoding(std::string_view value, error_code& error);
  void note_host(std::string_view value, error_code& error);

  void on_request_impl(http::verb /*method*/, beast::string_view method, beast::string_view target,
                       int version, error_code& error) override {
    head_.method_text = view(method);
    head_.method = method_of(head_.method_text);
    head_.target = view(target);
    head_.http11 = version == 11;
    if (version != 10 && version != 11) {
      refuse("The protocol version is not HTTP/1.0 or HTTP/1.1.", error);
    }
    if (method.size() > kMaxMethodBytes) refuse("The method is longer than 64 characters.", error);
  }

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    head_.headers.push_back({view(name), view(value)});
    // The few fields that frame the message; all others are the API's.
    if (field == http::field::content_length) {
      note_length(view(value), error);
    } else if (field == http::field::transfer_encoding) {
      note_encoding(view(value), error);
    } else if (field == http::field::host) {
      note_host(view(value), error);
    } else if (field == http::field::connection) {
      closes_ = closes_ || lists_close(view(value));
    } else if (field == http::field::expect) {
      if (!equals_ignoring_case(view(value), "100-continue")) {
        refuse("The only supported expectation is 100-continue.", error);
      }
      head_.expects_continue = true;
    }
  }

  void on_header_impl(error_code& /*error*/) override {}
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override {
    return 0;
  }
  void on_finish_impl(error_code&) override {}

  RequestHead& head_;
  std::string_view fault_;
  std::optional<std::size_t> host_index_;
  bool closes_ = false;
};

void HeadParser::note_length(std::string_view value, error_code& error) {
  if (head_.content_length) return refuse("Content-Length is given more than once.", error);
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  const auto [stop, fault] = std::from_chars(value.data(), end, length);
  if (value.empty() || fault != std::errc() || stop != end) {
    return refuse("Content-Length is not a number of bytes.", error);
  }
  head_.content_length = length;
}

void HeadParser::note_encoding(std::string_view value, error_code& error) {
  if (head_.chunked || !equals_ignoring_case(value, "chunked")) {
    return refuse("The only supported Transfer-Encoding is chunked, once.", error);
  }
  head_.chunked = true;
}

void HeadParser::note_host(std::string_view value, error_code& error) {
  if (host_index_) return refuse("Host is given more than once.", error);
  head_.host = Host::parse(value);
  if (!head_.host) return refuse("Host is not a host name with an optional port.", error);
  host_index_ = head_.headers.size() - 1;
}

Result<void> HeadParser::check() {
  // RFC 9112, 9.3: `close` wins, also over the keep-alive of HTTP/1.0.
  head_.keep_alive = keep_alive() && !closes_;
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
