#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace picus::aws {

/// What a LoopbackService was asked.
struct Asked {
  std::string method;
  std::string target;
  std::string head;  ///< request line and headers, as they came
  std::string body;

  /// The header's value; empty if it is not there. `name` as it is sent.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// `200`, and the body.
std::string answer(unsigned status, std::string_view body,
                   std::string_view content_type = "application/x-amz-json-1.0");

/// For tests: an HTTP server on loopback that answers as the test says, and keeps connections
/// alive.
class LoopbackService {
 public:
  /// Called on a thread for each connection; an empty text closes the connection unanswered.
  using Answer = std::function<std::string(const Asked&)>;

  explicit LoopbackService(Answer answer);
  ~LoopbackService();
  LoopbackService(const LoopbackService&) = delete;
  LoopbackService& operator=(const LoopbackService&) = delete;

  /// `http://127.0.0.1:12345`
  [[nodiscard]] std::string origin() const;

  /// Nobody listens from now on, and what is connected is cut.
  void go_away();

 private:
  using Tcp = boost::asio::ip::tcp;

  void accept_all();
  void serve(Tcp::socket& socket);

  Answer answer_;
  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  unsigned short port_;
  std::mutex mutex_;
  bool gone_ = false;
  std::list<Tcp::socket> sockets_;
  std::list<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace picus::aws
