#pragma once

#include <sys/socket.h>

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/client/server_url.h"
#include "net/client/tls.h"
#include "net/socket.h"

namespace picus::net {

/// The connection of a client to a server, with or without TLS. The caller keeps its socket under
/// a timer (net/deadline_timer.h) with the same deadline. For one thread.
class Channel {
 public:
  using Clock = Socket::Clock;
  enum class Outcome : std::uint8_t {
    done,
    answered,  ///< bytes arrived before everything was sent
    ended,     ///< the peer closed the connection properly
    overdue,
    failed,  ///< fault() has the reason
  };
  /// What to do if bytes arrive during a send.
  enum class Early : std::uint8_t { ignore, stop };

  /// An unconnected channel for addresses of this family.
  Channel(const Socket::Executor& executor, int family);

  /// The address outlives the call.
  asio::awaitable<Outcome> connect(const sockaddr* address, socklen_t address_bytes,
                                   Clock::time_point deadline);
  /// The TLS handshake, if the server uses TLS. `client` outlives the channel.
  asio::awaitable<Outcome> secure(TlsClient* client, ServerUrl server, Clock::time_point deadline);

  /// Sends head and body. The texts outlive the call.
  asio::awaitable<Outcome> send(std::string_view head, std::string_view body,
                                Clock::time_point deadline, Early early = Early::ignore);
  /// Whether bytes have arrived or the connection has ended. Does not wait and reads nothing.
  [[nodiscard]] bool has_answer();
  /// Waits until bytes arrive or the connection ends. Reads nothing.
  asio::awaitable<Outcome> answered(Clock::time_point deadline);
  /// Waits for bytes and reads them: at least one, at most `space`.
  asio::awaitable<Outcome> receive(std::span<char> space, std::size_t* bytes,
                                   Clock::time_point deadline);

  /// Whether it can be used for another request: it is open, and no bytes have arrived.
  [[nodiscard]] bool is_quiet();

  [[nodiscard]] Socket& socket() { return socket_; }
  /// After `failed`: what went wrong.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  asio::awaitable<Outcome> wait_for(TlsStream::Progress what, Clock::time_point deadline);
  asio::awaitable<Outcome> wait_to_send(TlsStream::Progress what, Clock::time_point deadline,
                                        Early early);
  asio::awaitable<Outcome> send_plain(std::string_view head, std::string_view body,
                                      Clock::time_point deadline, Early early);
  asio::awaitable<Outcome> send_secured(std::string_view head, std::string_view body,
                                        Clock::time_point deadline, Early early);
  asio::awaitable<Outcome> send_tls(std::string_view text, Clock::time_point deadline, Early early);
  Outcome outcome_of(Socket::Wake wake);
  bool has_come();
  TlsStream::Progress take(std::span<char> space, std::size_t& bytes);
  Outcome fail(std::string fault);

  Socket socket_;
  std::unique_ptr<TlsStream> tls_;
  std::string fault_;
  bool drained_ = true;  // no bytes are known to have arrived: wait before reading
};

}  // namespace picus::net
