// DynamoDB's API with answers that are known beforehand: what stands between a server and this is
// the server's own work. Signatures are not looked at.
//
// bench_dynamodb ITEMS ITEM_BYTES [meta]   (meta: the items have the attribute picus:meta)

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "failure.h"
#include "listener.h"
#include "table.h"

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// The value of a field, whose name is given in lower case with its colon; empty: there is none.
std::string_view field(std::string_view head, std::string_view name) {
  constexpr auto kLower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
  for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string_view::npos;) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() < name.size()) continue;
    bool same = true;
    for (std::size_t i = 0; same && i < name.size(); ++i) same = kLower(line[i]) == name[i];
    if (!same) continue;
    const std::string_view value = line.substr(name.size());
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return {};
}

struct Request {
  std::string_view operation;  ///< `GetItem`
  std::string_view body;
  std::size_t bytes;
};

/// The request that `received` begins with, if all of it is there.
std::optional<Request> whole_request(std::string_view received) {
  const std::size_t end = received.find(kHeadEnd);
  if (end == std::string_view::npos) return {};
  const std::string_view head = received.substr(0, end);
  const std::string_view length = field(head, "content-length:");
  std::size_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  const std::size_t whole = end + kHeadEnd.size() + bytes;
  if (received.size() < whole) return {};
  const std::string_view target = field(head, "x-amz-target:");
  return Request{.operation = target.substr(target.find('.') + 1),
                 .body = received.substr(whole - bytes, bytes),
                 .bytes = whole};
}

class Server {
 public:
  explicit Server(bench::Table table)
      : table_(std::move(table)),
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
    if (fd != listener_) return serve(fd);
    for (int peer = -1; (peer = bench::accept_connection(listener_)) >= 0;) {
      bench::watch(epoll_, peer, static_cast<std::uint64_t>(peer));
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
    std::string joined;
    if (const auto kept = partial_.find(fd); kept != partial_.end()) {
      joined = std::move(kept->second).append(received);
      partial_.erase(kept);
      received = joined;
    }
    while (const auto request = whole_request(received)) {
      if (!bench::send_all(fd, table_.answer(request->operation, request->body))) return false;
      received.remove_prefix(request->bytes);
    }
    if (!received.empty()) partial_.emplace(fd, received);
    return true;
  }

  bench::Table table_;
  int listener_;
  int epoll_;
  std::array<char, 65536> input_{};
  std::unordered_map<int, std::string> partial_;
};

}  // namespace

int main(int argc, char** argv) try {
  const bool with_meta = argc == 4 && argv[3] == std::string_view("meta");
  if (argc != 3 && !with_meta) {
    std::fputs("usage: bench_dynamodb ITEMS ITEM_BYTES [meta]\n", stderr);
    return 2;
  }
  Server(bench::Table(std::stoull(argv[1]), std::stoull(argv[2]), with_meta)).run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_dynamodb: %s\n", error.what());
  return 1;
}
