#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <vector>

#include "net/server/listener.h"
#include "net/server/server_context.h"
#include "net/server/worker.h"
#include "net/socket.h"

namespace picus::net {

/// Accepts the connections of one listener, on the thread of the first of `workers`, and
/// distributes them to the workers in turn.
class Acceptor {
 public:
  /// What happens to connections in the accept queue when the acceptor stops.
  enum class Waiting : std::uint8_t {
    serve,  ///< accepted and served, before the listener closes
    leave,  ///< left to another process that has the same listener
  };

  /// `context` and `workers` outlive it.
  Acceptor(ServerContext& context, std::vector<Worker*> workers, Listener listener);

  void start();
  /// From any thread. The listener is closed soon after, and ServerContext::listeners is
  /// decremented.
  void stop(Waiting waiting);

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] int socket() const { return number_; }
  [[nodiscard]] bool inherited() const { return inherited_; }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Socket::Executor>;

  asio::awaitable<void> run();
  asio::awaitable<void> serve_waiting();
  /// False: no descriptor is left.
  bool accept_waiting();
  bool shed_one();
  void finished(const std::exception_ptr& error);

  ServerContext& context_;
  std::vector<Worker*> workers_;
  Address address_;
  int number_;
  bool inherited_;
  Descriptor socket_;
  /// Given up to accept, and close, one connection when no descriptor is left.
  FileDescriptor reserve_;
  std::size_t turn_ = 0;
  std::chrono::steady_clock::time_point last_warning_{};
  bool stopping_ = false;
  Waiting waiting_ = Waiting::serve;
};

}  // namespace picus::net
