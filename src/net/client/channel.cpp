#include "net/client/channel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

namespace picus::net {

namespace {

using Progress = TlsStream::Progress;

/// Up to this size a body is worth a copy to be in one TLS record, and one packet, with its head.
constexpr std::size_t kMaxJoinedBytes = 12UZ * 1024;

/// Behind a full one (RFC 8446, 5.1) there is probably another.
constexpr std::size_t kFullRecordBytes = 16UZ * 1024;

/// What recv(2) says of the next byte, which stays there.
ssize_t peek(int descriptor) {
  char byte = 0;
  return ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

/// Several retransmissions on the way around the world.
constexpr unsigned kUnacknowledgedMs = 10'000;

std::string text_of(int error) { return std::system_category().message(error); }

FileDescriptor open_socket(int family) {
  return FileDescriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

Channel::Channel(const Socket::Executor& executor, int family)
    : socket_(executor, open_socket(family)) {}

Channel::Outcome Channel::fail(std::string fault) {
  fault_ = std::move(fault);
  return Outcome::failed;
}

asio::awaitable<Channel::Outcome> Channel::connect(const sockaddr* address, socklen_t address_bytes,
                                                   Clock::time_point deadline) {
  const int socket = socket_.descriptor();
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Of a host that has vanished no packet says so: what it does not acknowledge ends the
  // connection.
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof kUnacknowledgedMs);
  int error = 0;
  if (::connect(socket, address, address_bytes) != 0) {
    error = errno;
  }
  if (error == EINPROGRESS) {
    const Outcome waited = co_await wait_for(Progress::wants_write, deadline);
    if (waited != Outcome::done) co_return waited;
    socklen_t bytes = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &bytes);
  }
  co_return error == 0 ? Outcome::done : fail(text_of(error));
}

asio::awaitable<Channel::Outcome> Channel::secure(TlsClient* client, ServerUrl server,
                                                  Clock::time_point deadline) {
  tls_ = std::make_unique<TlsStream>(*client, socket_.descriptor(), server);
  while (true) {
    const Progress progress = tls_->handshake();
    if (progress == Progress::done) co_return Outcome::done;
    if (progress == Progress::failed) co_return fail(tls_->fault());
    if (progress == Progress::ended) co_return fail("the server closed the connection");
    const Outcome waited = co_await wait_for(progress, deadline);
    if (waited != Outcome::done) co_return waited;
  }
}

Channel::Outcome Channel::outcome_of(Socket::Wake wake) {
  if (wake == Socket::Wake::ready) return Outcome::done;
  return wake == Socket::Wake::overdue ? Outcome::overdue : fail("interrupted");
}

asio::awaitable<Channel::Outcome> Channel::wait_for(Progress what, Clock::time_point deadline) {
  if (Clock::now() >= deadline) co_return Outcome::overdue;
  const bool writing = what == Progress::wants_write;
  const Socket::Wake wake =
      co_await (writing ? socket_.writable(deadline) : socket_.readable(deadline));
  co_return outcome_of(wake);
}

asio::awaitable<Channel::Outcome> Channel::wait_to_send(Progress what, Clock::time_point deadline,
                                                        Early early) {
  using asio::experimental::awaitable_operators::operator||;
  if (early == Early::ignore) co_return co_await wait_for(what, deadline);
  while (Clock::now() < deadline) {
    auto either = socket_.writable(deadline) || socket_.readable(deadline);
    const auto first = co_await std::move(either);
    if (const auto* wake = std::get_if<0>(&first)) co_return outcome_of(*wake);
    if (const Outcome outcome = outcome_of(std::get<1>(first)); outcome != Outcome::done) {
      co_return outcome;
    }
    if (has_come()) co_return Outcome::answered;
  }
  co_return Outcome::overdue;
}

asio::awaitable<Channel::Outcome> Channel::answered(Clock::time_point deadline) {
  while (true) {
    const Outcome waited = co_await wait_for(Progress::wants_read, deadline);
    if (waited != Outcome::done || has_come()) co_return waited;
  }
}

/// After the socket became readable. With TLS that may have been a session ticket.
bool Channel::has_come() {
  if (!tls_) return true;
  drained_ = tls_->peek() == Progress::wants_read;
  return !drained_;
}

asio::awaitable<Channel::Outcome> Channel::send(std::string_view head, std::string_view body,
                                                Clock::time_point deadline, Early early) {
  return tls_ ? send_secured(head, body, deadline, early) : send_plain(head, body, deadline, early);
}

asio::awaitable<Channel::Outcome> Channel::send_secured(std::string_view head,
                                                        std::string_view body,
                                                        Clock::time_point deadline, Early early) {
  if (body.size() <= kMaxJoinedBytes) {
    std::string joined;
    joined.reserve(head.size() + body.size());
    joined.append(head).append(body);
    co_return co_await send_tls(joined, deadline, early);
  }
  const Outcome sent = co_await send_tls(head, deadline, early);
  if (sent != Outcome::done) co_return sent;
  co_return co_await send_tls(body, deadline, early);
}

asio::awaitable<Channel::Outcome> Channel::send_plain(std::string_view head, std::string_view body,
                                                      Clock::time_point deadline, Early early) {
  std::array<iovec, 2> all{part(head), part(body)};
  std::span<iovec> parts(all);
  while (true) {
    const Socket::Sent sent = socket_.send_now(parts);
    if (sent == Socket::Sent::all) co_return Outcome::done;
    if (sent == Socket::Sent::failed) co_return fail(text_of(errno));
    const Outcome waited = co_await wait_to_send(Progress::wants_write, deadline, early);
    if (waited != Outcome::done) co_return waited;
  }
}

asio::awaitable<Channel::Outcome> Channel::send_tls(std::string_view text,
                                                    Clock::time_point deadline, Early early) {
  while (!text.empty()) {
    std::size_t bytes = 0;
    const Progress progress = tls_->write(text, bytes);
    if (progress == Progress::done) {
      text.remove_prefix(bytes);
      continue;
    }
    if (progress == Progress::failed) co_return fail(tls_->fault());
    if (progress == Progress::ended) co_return Outcome::ended;
    const Outcome waited = co_await wait_to_send(progress, deadline, early);
    if (waited != Outcome::done) co_return waited;
  }
  co_return Outcome::done;
}

Progress Channel::take(std::span<char> space, std::size_t& bytes) {
  if (tls_) {
    const Progress progress = tls_->read(space, bytes);
    if (progress == Progress::failed) fail(tls_->fault());
    return progress;
  }
  switch (socket_.receive(space, bytes)) {
    case Socket::Received::some:
      return Progress::done;
    case Socket::Received::nothing_yet:
      return Progress::wants_read;
    case Socket::Received::end:
      return Progress::ended;
    case Socket::Received::failed:
      fail(text_of(errno));
      break;
  }
  return Progress::failed;
}

asio::awaitable<Channel::Outcome> Channel::receive(std::span<char> space, std::size_t* bytes,
                                                   Clock::time_point deadline) {
  Progress progress = drained_ ? Progress::wants_read : take(space, *bytes);
  while (progress == Progress::wants_read || progress == Progress::wants_write) {
    const Outcome waited = co_await wait_for(progress, deadline);
    if (waited != Outcome::done) co_return waited;
    progress = take(space, *bytes);
  }
  drained_ = tls_ ? *bytes < kFullRecordBytes && !tls_->has_pending() : *bytes < space.size();
  if (progress == Progress::done) co_return Outcome::done;
  co_return progress == Progress::ended ? Outcome::ended : Outcome::failed;
}

bool Channel::has_answer() {
  const auto peeked = peek(socket_.descriptor());
  return peeked < 0 ? errno != EAGAIN : has_come();
}

bool Channel::is_quiet() {
  const auto peeked = peek(socket_.descriptor());
  if (peeked < 0) return errno == EAGAIN;
  // With TLS the server may have sent a session ticket.
  char byte = 0;
  std::size_t bytes = 0;
  return peeked > 0 && tls_ && tls_->read({&byte, 1}, bytes) == Progress::wants_read;
}

}  // namespace picus::net
