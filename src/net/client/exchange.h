#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/client/answer_reader.h"
#include "net/client/channel.h"
#include "net/client/http_message.h"
#include "net/client/transport_error.h"
#include "net/deadline_timer.h"

namespace picus::net {

/// What an exchange uses. All of it outlives the exchange.
struct ExchangeRoom {
  Channel& channel;
  DeadlineTimer& timer;
  const std::string& authority;  ///< for the Host header
  /// Shared by all exchanges of a thread: nothing stays in it during a wait.
  std::span<char> scratch;
};

/// When a wait for the peer ends: at `end`, for which the caller guards the socket, or, if it is
/// set, after `wait`.
struct ExchangeTime {
  Channel::Clock::time_point end = Channel::Clock::time_point::max();
  std::optional<std::chrono::milliseconds> wait = {};
};

/// One request and its response on a connection.
class Exchange {
 public:
  using Fault = std::optional<TransportError>;  ///< nothing: it succeeded

  /// `request` outlives begin(). `max_body_bytes`: without a value, the caller takes the body out
  /// of response() as it arrives.
  Exchange(ExchangeRoom room, const HttpRequest* request, ExchangeTime time,
           std::optional<std::size_t> max_body_bytes);

  /// Sends the request and reads until the head of the response is there. If `request->stream` is
  /// set, a response that arrives before the body is sent ends the sending. Errors: timeout,
  /// broken.
  asio::awaitable<Fault> begin();
  /// Reads more of the body. Errors: timeout, broken.
  asio::awaitable<Fault> read();

  /// The part that has arrived.
  [[nodiscard]] HttpResponse& response() { return reader_.answer(); }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const {
    return reader_.content_length();
  }
  /// The response is complete.
  [[nodiscard]] bool is_done() const { return reader_.is_done(); }
  /// Whether the connection can be used for another request.
  [[nodiscard]] bool is_reusable() const { return is_sent_ && reader_.is_reusable(); }

 private:
  class Wait;
  asio::awaitable<Channel::Outcome> send(std::string_view head, std::string_view body);
  asio::awaitable<Fault> send_stream();
  asio::awaitable<Channel::Outcome> receive(std::size_t* bytes);
  [[nodiscard]] TransportError error_of(Channel::Outcome outcome, bool sent) const;

  ExchangeRoom room_;
  const HttpRequest* request_;
  ExchangeTime time_;
  AnswerReader reader_;
  bool is_sent_ = false;  // to its end
};

}  // namespace picus::net
