#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "net/deadline_timer.h"
#include "net/pace.h"
#include "net/server/tls_session.h"
#include "net/socket.h"

namespace picus::net {

/// The bytes of a connection to a client: a socket, with or without TLS. For one thread.
class Transport {
 public:
  using Clock = Socket::Clock;

  /// `timer`: that of the executor.
  Transport(const Socket::Executor& executor, DeadlineTimer& timer, FileDescriptor socket)
      : socket_(executor, std::move(socket)), guard_(timer, socket_) {}

  /// To end waits. Other bytes than those of this object must not be sent.
  [[nodiscard]] Socket& socket() { return socket_; }

  /// The first byte that has arrived, which stays there; nothing: there is none.
  std::optional<unsigned char> first_byte();
  /// From now on, the bytes are those of TLS. The next step is the handshake.
  TlsSession& start_tls(std::shared_ptr<const TlsContext> context);
  /// From now on, bytes are sent and received unencrypted.
  void stop_tls() { tls_.reset(); }

  /// Waits until receive() has something to report.
  asio::awaitable<Socket::Wake> readable(Clock::time_point deadline) {
    return tls_ ? readable_with_tls(deadline) : socket_readable(deadline);
  }
  /// Waits for the socket, whatever TLS has read of it before.
  asio::awaitable<Socket::Wake> socket_readable(Clock::time_point deadline) {
    guard_.expect(deadline);
    return socket_.readable(deadline);
  }
  asio::awaitable<Socket::Wake> socket_writable(Clock::time_point deadline) {
    guard_.expect(deadline);
    return socket_.writable(deadline);
  }
  /// As Socket::receive().
  Socket::Received receive(std::span<char> space, std::size_t& bytes) {
    return tls_ ? tls_->receive(space, bytes) : socket_.receive(space, bytes);
  }
  /// As Socket::send_now().
  Socket::Sent send_now(std::span<iovec>& parts) {
    return tls_ ? tls_->send_now(parts) : socket_.send_now(parts);
  }
  /// Sends everything. False: the client closed the connection or is slower than `pace`, or the
  /// socket is closed. `pace` outlives the call; `begin`: bytes_sent() at the start of the
  /// response.
  asio::awaitable<bool> send(std::span<iovec> parts, Pace* pace, std::uint64_t begin);

  /// Signals the end of the data to the client; with TLS in such a way that nothing on the network
  /// can forge it. The first one waits at most as long as `pace` allows, the second one not at all.
  asio::awaitable<void> end_sending(Pace* pace);
  void end_sending_now();

  /// Of HTTP, before encryption.
  [[nodiscard]] std::uint64_t bytes_sent() const {
    return tls_ ? tls_->bytes_sent() : socket_.bytes_sent();
  }

 private:
  asio::awaitable<Socket::Wake> readable_with_tls(Clock::time_point deadline);

  Socket socket_;
  DeadlineTimer::Guard guard_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace picus::net
