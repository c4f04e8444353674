#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "net/server/tls_context.h"

namespace picus {
class Registry;
}

namespace picus::net {

struct ServerOptions {
  /// `host:port`, `[v6]:port`, both also after `tls:`, `unix:/path`; host is an address or
  /// `localhost`.
  std::vector<std::string> listen = {"127.0.0.1:8080"};
  /// For the addresses after `tls:`.
  TlsFiles tls = {};
  /// Permissions of Unix sockets; without a value: 0666 without the bits of the umask.
  std::optional<unsigned> socket_mode = {};
  /// I/O threads; 0: one per core that the process may run on.
  unsigned threads = 0;
  /// Request line and headers together.
  std::size_t header_limit = 16UZ * 1024;
  std::size_t max_connections = 10'000;
  /// Between requests on a keep-alive connection.
  std::chrono::milliseconds idle_timeout{75'000};
  /// From the first byte of a request, or from the start of the connection, to the end of the head.
  /// Also from the start of the connection to the end of the TLS handshake.
  std::chrono::milliseconds header_timeout{10'000};
  /// Without any byte; also in total, unless the body arrives faster than `body_min_rate`.
  std::chrono::milliseconds body_timeout{30'000};
  /// Bytes a second, on average, once body_timeout has passed.
  std::size_t body_min_rate = 1024;
  /// While the client reads nothing.
  std::chrono::milliseconds write_timeout{30'000};
  /// Bytes a second, on average, after write_timeout.
  std::size_t response_min_rate = 4096;
  /// Where a following process on this machine finds this one to take over its listening sockets;
  /// empty: no handover.
  std::filesystem::path handover;
  /// The name of the Unix socket in that directory.
  std::string handover_name = "handover";
  /// Counts connections and requests; outlives the server. nullptr: nothing is counted.
  Registry* metrics = nullptr;
};

}  // namespace picus::net
