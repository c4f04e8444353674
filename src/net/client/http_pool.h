#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "net/client/http_message.h"
#include "net/client/transport_error.h"

namespace picus::net {

namespace asio = boost::asio;

/// Keep-alive connections to HTTP and HTTPS servers, one set for each io_context: a request is sent
/// on the thread of the caller, which is the only one that runs its io_context. Thread-safe. The
/// connections end with their io_context. Certificates and host names are verified. Names are
/// resolved by c-ares with their TTL, and all addresses of a name are tried.
class HttpPool {
 public:
  struct Options {
    /// Trusted certificates (PEM); empty: the system's.
    std::filesystem::path ca_bundle = {};
    std::string name_servers = {};  ///< `10.0.0.2:53`; empty: the ones in /etc/resolv.conf
    std::chrono::milliseconds connect_timeout{1000};  ///< for each address
    /// A connection that was idle for longer is not reused.
    std::chrono::milliseconds idle_timeout{20'000};
    /// An older connection is not reused, so that new addresses of a name get requests.
    std::chrono::milliseconds max_age{300'000};
    std::size_t max_idle = 64;  ///< for each io_context and origin
    std::size_t max_body_bytes = 24UZ * 1024 * 1024;
  };
  explicit HttpPool(Options options);
  ~HttpPool();

  /// Sends on an idle connection, or on a new one if there is none. Nothing is sent twice: if an
  /// idle connection was closed by the server, the error is `broken`, `sent` and `reused`, and the
  /// other idle connections of that origin are closed too. They are also closed after a timeout on
  /// a reused connection, because the host may have disappeared.
  asio::awaitable<std::expected<HttpResponse, TransportError>> send(
      HttpRequest request, std::chrono::steady_clock::time_point deadline);

 private:
  class Local;
  class Service;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace picus::net
