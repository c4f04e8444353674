#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "api/api.h"
#include "api/lifecycle.h"
#include "core/log.h"
#include "net/server/server_options.h"

namespace picus::net {

/// The HTTP/1.1 front: sockets on one side, the Api on the other.
/// `api`, `log` and `lifecycle` outlive the server. Call from one thread.
class Server {
 public:
  Server(Api& api, Log& log, const Lifecycle& lifecycle, ServerOptions options);
  ~Server();

  /// Binds, or takes the listening sockets over from the process that serves the same addresses
  /// with the same handover directory, and starts to accept. Gives one URL for each listener, with
  /// the real port: `http://127.0.0.1:8080`, `http://[::1]:8080`, `unix:/path`. Errors:
  /// invalid_parameter (an address is malformed, taken, or may not be used: the message names it).
  Result<std::vector<std::string>> start();

  /// Whether clients may not know yet that another process serves them, or is to: one has taken
  /// listeners over, or some can be reached from other machines.
  [[nodiscard]] bool is_relied_on() const;

  /// Stops accepting: what already waits in the accept queues is served, unless another process
  /// took the listeners over, which serves it then. Idle connections are closed, requests in flight
  /// get their answers (with `Connection: close`). Returns when the last connection is gone, or
  /// after `patience`, when the rest are cut; true: none had to be cut. Also ends the I/O threads.
  bool stop(std::chrono::milliseconds patience);

  /// From any thread, also from another than the one in stop(): cut what is still open now.
  void hurry();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::net
