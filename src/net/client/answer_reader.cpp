#include "net/client/answer_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <utility>

namespace picus::net {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

/// Of a head, and of what cannot be parsed before its end has come: a chunk's header, trailers.
constexpr std::uint32_t kMaxHeadBytes = 64 * 1024;
/// Of the last chunk. Beast asserts, wrongly, that it is given as many once it has seen "0\r\n".
constexpr std::size_t kMinLastChunkBytes = std::string_view("0\r\n\r\n").size();
constexpr std::size_t kUsualHeaders = 16;

}  // namespace

class AnswerReader::Parser final : public http::basic_parser<false> {
 public:
  Parser(HttpResponse& answer, std::optional<std::size_t> max_body_bytes, bool to_head,
         Excess excess)
      : answer_(answer), whole_(max_body_bytes) {
    eager(true);
    header_limit(kMaxHeadBytes);
    body_limit(boost::none);
    if (max_body_bytes && excess == Excess::is_error) body_limit(*max_body_bytes);
    if (excess == Excess::is_dropped) room_ = max_body_bytes.value_or(room_);
    skip(to_head);
  }

  /// Cuts off what it is done with.
  void take(std::string_view& text, error_code& error) {
    text.remove_prefix(put(asio::buffer(text.data(), text.size()), error));
    if (error == http::error::need_more) error = {};
  }

  [[nodiscard]] bool is_interim() const { return is_done() && answer_.status / 100 == 1; }

 private:
  void on_response_impl(int code, beast::string_view, int, error_code&) override {
    answer_.status = static_cast<unsigned>(code);
    answer_.headers.reserve(kUsualHeaders);
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    auto& [lower, text] = answer_.headers.emplace_back(std::string(name), std::string(value));
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
    if (length && whole_) answer_.body.reserve(std::min(static_cast<std::size_t>(*length), room_));
  }
  std::size_t on_body_impl(beast::string_view text, error_code&) override {
    return keep({text.data(), text.size()});
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view text, error_code&) override {
    return keep({text.data(), text.size()});
  }
  void on_finish_impl(error_code&) override {}
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}

  std::size_t keep(std::string_view text) {
    const std::string_view kept = text.substr(0, room_ - std::min(room_, answer_.body.size()));
    answer_.body.append(kept);
    answer_.is_cut = answer_.is_cut || kept.size() < text.size();
    return text.size();
  }

  HttpResponse& answer_;
  bool whole_;
  std::size_t room_ = std::numeric_limits<std::size_t>::max();
};

AnswerReader::AnswerReader(std::optional<std::size_t> max_body_bytes, bool to_head, Excess excess)
    : max_body_bytes_(max_body_bytes),
      to_head_(to_head),
      excess_(excess),
      parser_(std::make_unique<Parser>(answer_, max_body_bytes, to_head, excess)) {}

AnswerReader::~AnswerReader() = default;

error_code AnswerReader::take(std::string_view came) {
  // Nearly always the last bytes were parsed to their end, and these need no copy.
  std::string_view text = came;
  if (!unparsed_.empty()) {
    text = unparsed_.append(came);
    if (has_head() && text.size() < kMinLastChunkBytes) return {};
  }
  error_code error;
  parser_->take(text, error);
  while (!error && parser_->is_interim()) {
    answer_ = {};
    parser_ = std::make_unique<Parser>(answer_, max_body_bytes_, to_head_, excess_);
    if (text.empty()) break;
    parser_->take(text, error);
  }
  unparsed_ = std::string(text);
  if (!error && !is_done() && unparsed_.size() > kMaxHeadBytes) error = http::error::header_limit;
  return error;
}

error_code AnswerReader::end() {
  error_code error;
  if (parser_->got_some()) {
    parser_->put_eof(error);
  } else {
    error = http::error::end_of_stream;
  }
  return error;
}

bool AnswerReader::has_head() const { return parser_->is_header_done(); }

bool AnswerReader::is_done() const { return parser_->is_done(); }

bool AnswerReader::is_reusable() const {
  return parser_->is_done() && parser_->keep_alive() && unparsed_.empty();
}

std::optional<std::uint64_t> AnswerReader::content_length() const {
  const auto length = parser_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

}  // namespace picus::net
