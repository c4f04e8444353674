#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bench {

/// Takes requests from connections, in an epoll loop on one thread: the least that a server can do.
class RequestServer {
 public:
  RequestServer();
  virtual ~RequestServer() = default;
  RequestServer(const RequestServer&) = delete;
  RequestServer& operator=(const RequestServer&) = delete;

  [[noreturn]] void run();

 private:
  /// Answers the request that `received` begins with. Its bytes; 0: it is not whole; nothing: the
  /// connection is gone.
  virtual std::optional<std::size_t> answer(int fd, std::string_view received) = 0;

  void on_event(int fd);
  void serve(int fd);
  bool answer_all(int fd, std::string_view received);

  int listener_;
  int epoll_;
  std::array<char, 65536> input_{};
  std::unordered_map<int, std::string> partial_;  // of requests that came in parts
};

}  // namespace bench
