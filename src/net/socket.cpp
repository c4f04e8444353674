#include "net/socket.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/strand.hpp>
#include <cerrno>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace picus::net {

using boost::system::error_code;

Socket::Socket(const Executor& executor, FileDescriptor socket)
    : socket_(executor, socket.release()) {}

asio::awaitable<Socket::Wake> Socket::readable(Clock::time_point deadline) {
  return wait(Descriptor::wait_read, deadline);
}

asio::awaitable<Socket::Wake> Socket::writable(Clock::time_point deadline) {
  return wait(Descriptor::wait_write, deadline);
}

asio::awaitable<Socket::Wake> Socket::wait(Descriptor::wait_type what, Clock::time_point deadline) {
  if (reason_ == Wake::cut) co_return Wake::cut;
  reason_ = Wake::ready;
  deadline_ = deadline;
  const std::tuple<error_code> result =
      co_await socket_.async_wait(what, asio::as_tuple(asio::deferred));
  deadline_ = Clock::time_point::max();
  if (!std::get<0>(result)) co_return reason_ == Wake::cut ? Wake::cut : Wake::ready;
  co_return reason_ == Wake::ready ? Wake::cut : reason_;
}

Socket::Received Socket::receive(std::span<char> space, std::size_t& bytes) {
  bytes = 0;
  while (true) {
    const auto result = ::recv(socket_.native_handle(), space.data(), space.size(), 0);
    if (result > 0) {
      bytes = static_cast<std::size_t>(result);
      return Received::some;
    }
    if (result == 0) return Received::end;
    if (errno == EAGAIN) return Received::nothing_yet;
    if (errno != EINTR) return Received::failed;
  }
}

bool Socket::has_input() {
  char first = 0;
  return ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

Socket::Sent Socket::send_now(std::span<iovec>& parts) {
  if (reason_ == Wake::cut) return Sent::failed;
  while (!parts.empty()) {
    if (parts.front().iov_len == 0) {
      parts = parts.subspan(1);
      continue;
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto result = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) return errno == EAGAIN ? Sent::some : Sent::failed;
    auto left = static_cast<std::size_t>(result);
    bytes_sent_ += left;
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (left == 0) continue;
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
    parts.front().iov_len -= left;
  }
  return Sent::all;
}

void Socket::end_sending() { ::shutdown(socket_.native_handle(), SHUT_WR); }

void Socket::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  error_code error;
  socket_.close(error);
  reason_ = Wake::cut;
}

void Socket::stop_waiting() { interrupt(Wake::stopped); }

void Socket::cut() { interrupt(Wake::cut); }

void Socket::interrupt(Wake reason) {
  if (reason_ == Wake::cut) return;
  reason_ = reason;
  deadline_ = Clock::time_point::max();
  error_code error;
  socket_.cancel(error);
}

Socket::Executor io_executor(const asio::any_io_executor& executor) {
  using Strand = asio::strand<asio::any_io_executor>;
  if (const auto* own = executor.target<Socket::Executor>()) return *own;
  if (const auto* strand = executor.target<Strand>()) {
    return io_executor(strand->get_inner_executor());
  }
  throw std::logic_error("not the executor of an io_context");
}

}  // namespace picus::net
