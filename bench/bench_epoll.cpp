// The least that an HTTP server can do on one core: an epoll loop that looks for the end of each
// request's head and answers the same bytes every time. Keep-alive and pipelining work; the
// requests are not read.
//
// bench_epoll ANSWER_FILE   (head and body as they go out)

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>

#include "failure.h"
#include "listener.h"

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

class Server {
 public:
  explicit Server(std::string answer)
      : answer_(std::move(answer)),
        listener_(bench::listen_on_loopback()),
        epoll_(::epoll_create1(0)) {
    bench::watch(epoll_, listener_, static_cast<std::uint64_t>(listener_));
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        on_event(static_cast<int>(events[static_cast<std::size_t>(i)].data.u64));
      }
    }
  }

 private:
  void on_event(int fd) {
    if (fd == listener_) {
      accept_all();
    } else {
      serve(fd);
    }
  }

  void accept_all() const {
    for (int fd = -1; (fd = bench::accept_connection(listener_)) >= 0;) {
      bench::watch(epoll_, fd, static_cast<std::uint64_t>(fd));
    }
  }

  void serve(int fd) {
    const ssize_t n = ::recv(fd, input_.data(), input_.size(), 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0 || !answer_all(fd, {input_.data(), static_cast<std::size_t>(n)})) {
      partial_.erase(fd);
      ::close(fd);
    }
  }

  /// Answers every whole request; keeps what is left of a request that came in parts.
  bool answer_all(int fd, std::string_view received) {
    const auto kept = partial_.find(fd);
    std::string joined;
    if (kept != partial_.end()) {
      joined = std::move(kept->second) + std::string(received);
      partial_.erase(kept);
      received = joined;
    }
    for (std::size_t end = 0; (end = received.find(kHeadEnd)) != std::string_view::npos;) {
      received.remove_prefix(end + kHeadEnd.size());
      if (!bench::send_all(fd, answer_)) return false;
    }
    if (!received.empty()) partial_.emplace(fd, received);
    return true;
  }

  std::string answer_;
  int listener_;
  int epoll_;
  std::array<char, 16384> input_{};
  std::unordered_map<int, std::string> partial_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fputs("usage: bench_epoll ANSWER_FILE\n", stderr);
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  if (!file) bench::fail(argv[1]);
  Server(std::string(std::istreambuf_iterator<char>(file), {})).run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_epoll: %s\n", error.what());
  return 1;
}
