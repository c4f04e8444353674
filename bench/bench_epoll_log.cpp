// The least that a server of durable puts can do on one core: an epoll loop takes the bodies of
// POST requests, an append log with group commit makes them durable, then the answer goes out.
// Nothing is parsed or looked up, and no log line is written.
//
// bench_epoll_log LOG_FILE ANSWER_FILE   (head and body as they go out)

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "append_log.h"
#include "failure.h"
#include "listener.h"

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kContentLength = "\r\nContent-Length: ";

struct Connection {
  explicit Connection(int socket) : fd(socket) {}
  ~Connection() { ::close(fd); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd;
  std::string input;
};

/// A whole request at the beginning of `input`: the bytes of its head and of its body. Nothing:
/// more has to come.
struct Extent {
  std::size_t head = 0;
  std::size_t body = 0;
};

Extent whole_request(std::string_view input) {
  const std::size_t end = input.find(kHeadEnd);
  if (end == std::string_view::npos) return {};
  Extent extent{.head = end + kHeadEnd.size(), .body = 0};
  const std::size_t field = input.substr(0, end).find(kContentLength);
  if (field != std::string_view::npos) {
    const char* const digits = input.data() + field + kContentLength.size();
    std::from_chars(digits, input.data() + end, extent.body);
  }
  return input.size() < extent.head + extent.body ? Extent{} : extent;
}

class Server {
 public:
  Server(const std::string& log_path, std::string answer)
      : answer_(std::move(answer)),
        listener_(bench::listen_on_loopback()),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        committed_event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        log_(log_path, [this](std::uint64_t records) { announce(records); }) {
    bench::watch(epoll_, listener_, static_cast<std::uint64_t>(listener_));
    bench::watch(epoll_, committed_event_, static_cast<std::uint64_t>(committed_event_));
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
  void announce(std::uint64_t records) {
    committed_.store(records);
    const std::uint64_t one = 1;
    if (::write(committed_event_, &one, sizeof one) < 0) bench::fail("eventfd");
  }

  void on_event(int fd) {
    if (fd == listener_) {
      accept_all();
    } else if (fd == committed_event_) {
      answer_committed();
    } else {
      receive(fd);
    }
  }

  void accept_all() {
    for (int fd = -1; (fd = bench::accept_connection(listener_)) >= 0;) {
      connections_.emplace(fd, std::make_shared<Connection>(fd));
      bench::watch(epoll_, fd, static_cast<std::uint64_t>(fd));
    }
  }

  void receive(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    const std::shared_ptr<Connection>& connection = found->second;
    const ssize_t n = ::recv(fd, buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
      connections_.erase(found);
      return;
    }
    connection->input.append(buffer_.data(), static_cast<std::size_t>(n));
    submit_all(connection);
  }

  void submit_all(const std::shared_ptr<Connection>& connection) {
    std::string_view rest = connection->input;
    for (Extent extent; (extent = whole_request(rest)).head != 0;) {
      log_.append(rest.substr(extent.head, extent.body));
      waiting_.push_back(connection);
      rest.remove_prefix(extent.head + extent.body);
    }
    connection->input.erase(0, connection->input.size() - rest.size());
  }

  void answer_committed() {
    std::uint64_t ignored = 0;
    if (::read(committed_event_, &ignored, sizeof ignored) < 0) return;
    for (const std::uint64_t upto = committed_.load(); answered_ < upto; ++answered_) {
      bench::send_all(waiting_.front()->fd, answer_);
      waiting_.pop_front();
    }
  }

  std::string answer_;
  int listener_;
  int epoll_;
  int committed_event_;
  std::array<char, 65536> buffer_{};
  std::unordered_map<int, std::shared_ptr<Connection>> connections_;
  /// One for each record that is not answered yet.
  std::deque<std::shared_ptr<Connection>> waiting_;
  std::uint64_t answered_ = 0;
  std::atomic<std::uint64_t> committed_ = 0;
  bench::AppendLog log_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fputs("usage: bench_epoll_log LOG_FILE ANSWER_FILE\n", stderr);
    return 2;
  }
  std::ifstream file(argv[2], std::ios::binary);
  if (!file) bench::fail(argv[2]);
  Server(argv[1], std::string(std::istreambuf_iterator<char>(file), {})).run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_epoll_log: %s\n", error.what());
  return 1;
}
