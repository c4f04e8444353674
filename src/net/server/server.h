#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "api/api.h"
#include "api/lifecycle.h"
#include "core/log.h"
#include "net/server/server_options.h"

namespace picus::net {

/// An error for the user if the limit of open files, which it raises as far as it may, is too low
/// for a server with these options.
std::expected<void, std::string> check_descriptor_limit(const ServerOptions& options);

/// The HTTP/1.1 server: receives requests from sockets and passes them to the Api. `api`, `log` and
/// `lifecycle` outlive the server. Call from one thread.
class Server {
 public:
  Server(Api& api, Log& log, const Lifecycle& lifecycle, ServerOptions options);
  ~Server();

  /// Binds the listening sockets, or takes them over from the process that serves the same
  /// addresses with the same handover directory, and starts to accept connections. Returns one URL
  /// for each listener, with the real port: `http://127.0.0.1:8080`, `https://[::1]:8443`,
  /// `unix:/path`. The error is for the user: an address is malformed, in use, or not permitted, or
  /// the certificate cannot be used.
  std::expected<std::vector<std::string>, std::string> start();

  /// Whether clients need time to move to another process: another process has taken listeners
  /// over, or some listeners can be reached from other machines.
  [[nodiscard]] bool is_relied_on() const;
  /// Whether another process has taken listeners over, and is still running.
  [[nodiscard]] bool is_followed() const;

  /// Stops accepting connections. Connections in the accept queues are served, by the other process
  /// if it took the listeners over. Idle connections are closed, requests in flight get their
  /// responses (with `Connection: close`). Returns when the last connection is closed, or after
  /// `patience`, when the remaining connections are aborted. True: none was aborted. Also ends the
  /// I/O threads.
  bool stop(std::chrono::milliseconds patience);

  /// From any thread, even while another thread is in stop(): aborts all open connections now.
  void hurry();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::net
