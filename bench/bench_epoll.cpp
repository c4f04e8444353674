// The least that an HTTP server can do on one core: an epoll loop that looks for the end of each
// request's head and answers the same bytes every time. Keep-alive and pipelining work; the
// requests are not read.
//
// bench_epoll ANSWER_FILE   (head and body as they go out)

#include <cstddef>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "failure.h"
#include "listener.h"
#include "request_server.h"

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

class Server final : public bench::RequestServer {
 public:
  explicit Server(std::string answer) : answer_(std::move(answer)) {}

 private:
  std::optional<std::size_t> answer(int fd, std::string_view received) override {
    const std::size_t end = received.find(kHeadEnd);
    if (end == std::string_view::npos) return 0;
    if (!bench::send_all(fd, answer_)) return std::nullopt;
    return end + kHeadEnd.size();
  }

  std::string answer_;
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
