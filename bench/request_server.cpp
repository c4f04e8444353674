#include "request_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "listener.h"

namespace bench {

RequestServer::RequestServer() : listener_(listen_on_loopback()), epoll_(::epoll_create1(0)) {
  watch(epoll_, listener_, static_cast<std::uint64_t>(listener_));
}

void RequestServer::run() {
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      on_event(static_cast<int>(events[static_cast<std::size_t>(i)].data.u64));
    }
  }
}

void RequestServer::on_event(int fd) {
  if (fd != listener_) return serve(fd);
  for (int peer = -1; (peer = accept_connection(listener_)) >= 0;) {
    watch(epoll_, peer, static_cast<std::uint64_t>(peer));
  }
}

void RequestServer::serve(int fd) {
  const ssize_t n = ::recv(fd, input_.data(), input_.size(), 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0 || !answer_all(fd, {input_.data(), static_cast<std::size_t>(n)})) {
    partial_.erase(fd);
    ::close(fd);
  }
}

bool RequestServer::answer_all(int fd, std::string_view received) {
  std::string joined;
  if (const auto kept = partial_.find(fd); kept != partial_.end()) {
    joined = std::move(kept->second).append(received);
    partial_.erase(kept);
    received = joined;
  }
  while (!received.empty()) {
    const auto bytes = answer(fd, received);
    if (!bytes) return false;
    if (*bytes == 0) break;
    received.remove_prefix(*bytes);
  }
  if (!received.empty()) partial_.emplace(fd, received);
  return true;
}

}  // namespace bench
