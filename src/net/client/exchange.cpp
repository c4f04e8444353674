#include "net/client/exchange.h"

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <charconv>
#include <utility>
#include <variant>

namespace picus::net {

using boost::system::error_code;
using Clock = Channel::Clock;
using Outcome = Channel::Outcome;

namespace {

/// The line before a chunk, with the end of the chunk before it.
std::string chunk_line(std::size_t bytes, bool first) {
  constexpr int kHexadecimal = 16;
  std::array<char, 2 * sizeof bytes> digits{};
  char* begin = digits.data();
  const char* end = std::to_chars(begin, begin + digits.size(), bytes, kHexadecimal).ptr;
  std::string line = first ? "" : "\r\n";
  return line.append(begin, static_cast<std::size_t>(end - begin)).append("\r\n");
}

}  // namespace

/// One wait for the peer.
class Exchange::Wait {
 public:
  Wait(const ExchangeRoom& room, const ExchangeTime& time) : end_(time.end) {
    if (!time.wait) return;
    end_ = Clock::now() + *time.wait;
    guard_.emplace(room.timer, room.channel.socket(), end_);
  }

  [[nodiscard]] Clock::time_point end() const { return end_; }

 private:
  Clock::time_point end_;
  std::optional<DeadlineTimer::Guard> guard_;
};

Exchange::Exchange(ExchangeRoom room, const HttpRequest* request, ExchangeTime time,
                   std::optional<std::size_t> max_body_bytes)
    : room_(room),
      request_(request),
      time_(time),
      reader_(
          max_body_bytes, request->method == "HEAD",
          request->cut_body ? AnswerReader::Excess::is_dropped : AnswerReader::Excess::is_error) {}

asio::awaitable<Exchange::Fault> Exchange::begin() {
  const std::string head = head_of(*request_, room_.authority);
  const Outcome outcome = co_await send(head, request_->body);
  if (request_->stream == nullptr) {
    if (outcome != Outcome::done) co_return error_of(outcome, false);
    is_sent_ = true;
  } else if (outcome == Outcome::done) {
    auto fault = co_await send_stream();
    if (fault) co_return fault;
  }
  // Even when a body could not be sent there may be a response that says why.
  Fault fault;
  while (!fault && !reader_.has_head()) fault = co_await read();
  co_return fault;
}

asio::awaitable<Exchange::Fault> Exchange::read() {
  std::size_t bytes = 0;
  const Outcome outcome = co_await receive(&bytes);
  if (outcome != Outcome::done && outcome != Outcome::ended) co_return error_of(outcome, true);
  const error_code error =
      outcome == Outcome::ended ? reader_.end() : reader_.take({room_.scratch.data(), bytes});
  if (!error) co_return std::nullopt;
  const std::string_view what =
      reader_.has_head() ? "the response was truncated: " : "no HTTP response: ";
  co_return TransportError{.kind = TransportError::Kind::broken,
                           .sent = true,
                           .message = std::string(what) + error.message()};
}

/// Ends without an error also where the body was not sent to its end.
asio::awaitable<Exchange::Fault> Exchange::send_stream() {
  using asio::experimental::awaitable_operators::operator||;
  const bool chunked = !request_->stream->size();
  for (bool first = true;; first = false) {
    auto piece_or_answer =
        request_->stream->read() || room_.channel.answered(Clock::time_point::max());
    const auto next = co_await std::move(piece_or_answer);
    // A body that is always ready leaves the wait for the response no turn.
    if (next.index() != 0 || room_.channel.has_answer()) co_return std::nullopt;
    const auto& piece = std::get<0>(next);
    if (!piece) {
      co_return TransportError{.kind = TransportError::Kind::broken,
                               .sent = false,
                               .message = "the body of the request cannot be read"};
    }
    std::string line = chunked ? chunk_line(piece->size(), first) : std::string();
    if (chunked && piece->empty()) line.append("\r\n");
    const Outcome outcome = co_await send(line, *piece);
    if (outcome != Outcome::done) co_return std::nullopt;
    if (piece->empty()) break;
  }
  is_sent_ = true;
  co_return std::nullopt;
}

asio::awaitable<Outcome> Exchange::send(std::string_view head, std::string_view body) {
  const auto early = request_->stream == nullptr ? Channel::Early::ignore : Channel::Early::stop;
  const Wait wait(room_, time_);
  co_return co_await room_.channel.send(head, body, wait.end(), early);
}

asio::awaitable<Outcome> Exchange::receive(std::size_t* bytes) {
  const Wait wait(room_, time_);
  co_return co_await room_.channel.receive(room_.scratch, bytes, wait.end());
}

TransportError Exchange::error_of(Outcome outcome, bool sent) const {
  const bool overdue = outcome == Outcome::overdue;
  return {.kind = overdue ? TransportError::Kind::timeout : TransportError::Kind::broken,
          .sent = sent,
          .message = overdue                      ? "no response in time"
                     : outcome == Outcome::failed ? room_.channel.fault()
                                                  : "the server closed the connection"};
}

}  // namespace picus::net
