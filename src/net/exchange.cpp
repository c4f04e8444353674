#include "net/exchange.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>
#include <utility>

namespace picus::net {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Outcome = Channel::Outcome;

namespace {

constexpr std::uint32_t kMaxHeadBytes = 64 * 1024;

/// Takes an answer apart as it comes.
class AnswerParser final : public http::basic_parser<false> {
 public:
  AnswerParser(PooledResponse& response, std::size_t max_body_bytes, bool to_head)
      : response_(response) {
    eager(true);
    header_limit(kMaxHeadBytes);
    body_limit(max_body_bytes);
    skip(to_head);
  }

  /// How much of `text` it is done with.
  std::size_t take(std::string_view text, error_code& error) {
    const std::size_t bytes = put(asio::buffer(text.data(), text.size()), error);
    if (error == http::error::need_more) error = {};
    return bytes;
  }

 private:
  void on_response_impl(int code, beast::string_view, int, error_code&) override {
    response_.status = static_cast<unsigned>(code);
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    auto& [lower, text] = response_.headers.emplace_back(std::string(name), std::string(value));
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
    if (length) response_.body.reserve(static_cast<std::size_t>(*length));
  }
  std::size_t on_body_impl(beast::string_view text, error_code&) override {
    response_.body.append(text.data(), text.size());
    return text.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view text, error_code&) override {
    response_.body.append(text.data(), text.size());
    return text.size();
  }
  void on_finish_impl(error_code&) override {}

  // Not of an answer.
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}

  PooledResponse& response_;
};

std::string head_of(const PooledRequest& request, const std::string& authority) {
  constexpr std::size_t kUsualHeadBytes = 1024;
  std::string head;
  head.reserve(kUsualHeadBytes);
  head.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
  head.append(authority).append("\r\n");
  for (const Header& header : request.headers) {
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  head.append("\r\n");
  return head;
}

std::unexpected<TransportError> fail(Outcome outcome, const Channel& channel, bool sent) {
  const bool overdue = outcome == Outcome::overdue;
  return std::unexpected(
      TransportError{.kind = overdue ? TransportError::Kind::timeout : TransportError::Kind::broken,
                     .sent = sent,
                     .message = overdue                      ? "no answer in time"
                                : outcome == Outcome::failed ? channel.fault()
                                                             : "the server closed the connection"});
}

std::unexpected<TransportError> refuse(const error_code& error) {
  return std::unexpected(TransportError{.kind = TransportError::Kind::broken,
                                        .sent = true,
                                        .message = "the answer is not HTTP: " + error.message()});
}

/// Bytes of an answer that the parser has not taken yet.
class Unparsed {
 public:
  /// What came joins what was left, if anything was.
  std::string_view join(std::string_view came) {
    if (kept_.empty()) return came;
    return kept_.append(came);
  }
  void keep(std::string_view left) {
    if (left.empty()) {
      kept_.clear();
    } else {
      kept_ = std::string(left);
    }
  }

 private:
  std::string kept_;
};

asio::awaitable<std::expected<bool, TransportError>> read_answer(
    ExchangeRoom room, PooledResponse* response, bool to_head,
    Channel::Clock::time_point deadline) {
  std::optional<AnswerParser> parser(std::in_place, *response, room.max_body_bytes, to_head);
  Unparsed unparsed;
  while (true) {
    std::size_t bytes = 0;
    const Outcome outcome = co_await room.channel.receive(room.scratch, &bytes, deadline);
    error_code error;
    if (outcome == Outcome::ended && parser->got_some()) {
      parser->put_eof(error);  // the end of a body without a length, or too early
      if (error) co_return fail(outcome, room.channel, true);
      co_return false;
    }
    if (outcome != Outcome::done) co_return fail(outcome, room.channel, true);
    std::string_view text = unparsed.join({room.scratch.data(), bytes});
    text.remove_prefix(parser->take(text, error));
    if (error) co_return refuse(error);
    while (parser->is_done() &&
           response->status / 100 == 1) {  // interim answers come before the real one
      *response = {};
      parser.emplace(*response, room.max_body_bytes, to_head);
      text.remove_prefix(parser->take(text, error));
      if (error) co_return refuse(error);
    }
    if (parser->is_done()) co_return parser->keep_alive() && text.empty();
    unparsed.keep(text);
  }
}

}  // namespace

asio::awaitable<std::expected<Exchanged, TransportError>> exchange(
    ExchangeRoom room, const PooledRequest* request, Channel::Clock::time_point deadline) {
  const std::string head = head_of(*request, room.authority);
  const Outcome sent = co_await room.channel.send(head, request->body, deadline);
  if (sent != Outcome::done) co_return fail(sent, room.channel, false);
  Exchanged exchanged{};
  const auto reusable =
      co_await read_answer(room, &exchanged.response, request->method == "HEAD", deadline);
  if (!reusable) co_return std::unexpected(reusable.error());
  exchanged.reusable = *reusable;
  co_return std::move(exchanged);
}

}  // namespace picus::net
