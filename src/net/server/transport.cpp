#include "net/server/transport.h"

#include <sys/socket.h>

namespace picus::net {

std::optional<unsigned char> Transport::first_byte() {
  unsigned char byte = 0;
  const auto peeked = ::recv(socket_.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked == 1 ? std::optional(byte) : std::nullopt;
}

TlsSession& Transport::start_tls(std::shared_ptr<const TlsContext> context) {
  tls_ = std::make_unique<TlsSession>(std::move(context), socket_);
  return *tls_;
}

asio::awaitable<Socket::Wake> Transport::readable_with_tls(Clock::time_point deadline) {
  bool may_have_input = tls_->may_have_input();
  while (!socket_.is_cut() && (!may_have_input || !tls_->can_receive())) {
    const auto wake = co_await socket_readable(deadline);
    if (wake != Socket::Wake::ready) co_return wake;
    may_have_input = true;
  }
  co_return socket_.is_cut() ? Socket::Wake::cut : Socket::Wake::ready;
}

asio::awaitable<bool> Transport::send(std::span<iovec> parts, Pace* pace, std::uint64_t begin) {
  while (true) {
    const auto sent = send_now(parts);
    if (sent != Socket::Sent::some) co_return sent == Socket::Sent::all;
    const auto waiting_since = Clock::now();
    const auto deadline = pace->deadline(waiting_since, bytes_sent() - begin);
    const auto wake = co_await socket_writable(deadline);
    pace->count(Clock::now() - waiting_since);
    if (wake != Socket::Wake::ready) co_return false;
  }
}

asio::awaitable<void> Transport::end_sending(Pace* pace) {
  if (tls_) {
    tls_->end_sending();
    co_await send({}, pace, bytes_sent());
  }
  socket_.end_sending();
}

void Transport::end_sending_now() {
  if (!tls_ || socket_.is_cut() || !tls_->is_flushed()) return;
  tls_->end_sending();
  std::span<iovec> nothing;
  tls_->send_now(nothing);
}

}  // namespace picus::net
