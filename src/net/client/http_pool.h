#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/client/request_text.h"
#include "net/client/transport_error.h"

namespace picus::net {

namespace asio = boost::asio;

/// A request with its whole body in memory.
struct PooledRequest {
  std::string origin;  ///< `https://host`, `http://127.0.0.1:8000`
  std::string method;
  std::string target;
  std::vector<RequestHeader> headers;  ///< without Host and Content-Length
  std::string_view body;               ///< outlives the call
  bool dial_anew = false;              ///< over a new connection, whatever is kept
  bool cut_body = false;               ///< a response's body that is too long is cut, not an error
};

struct PooledResponse {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  bool is_cut = false;  ///< the body was longer
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
};

/// Kept-alive connections to HTTP and HTTPS servers, a set of them for each io_context: a request
/// is served on the thread that asks, which alone runs its io_context. Thread-safe. The connections
/// end with their io_context. Certificates and host names are verified; names are resolved by
/// c-ares, their TTL respected, and several addresses are tried.
class HttpPool {
 public:
  struct Options {
    std::filesystem::path ca_bundle = {};  ///< PEM; empty: the system's
    std::string name_servers = {};         ///< `10.0.0.2:53`; empty: those of /etc/resolv.conf
    std::chrono::milliseconds connect_timeout{1000};  ///< for each address
    /// A connection idle for longer is not used again.
    std::chrono::milliseconds idle_timeout{20'000};
    /// A connection that is older is not used again, so that a name's new addresses get requests.
    std::chrono::milliseconds max_age{300'000};
    std::size_t max_idle = 64;  ///< for each io_context and origin
    std::size_t max_body_bytes = 24UZ * 1024 * 1024;
  };
  explicit HttpPool(Options options);
  ~HttpPool();

  /// Sends on a kept-alive connection, or on a new one where there is none. Nothing is sent twice:
  /// when a kept-alive connection turns out to be closed, that is `broken`, `sent` and `reused`,
  /// and the other idle ones of that origin are closed too; also where no answer comes on one in
  /// time, as the host may have vanished.
  asio::awaitable<std::expected<PooledResponse, TransportError>> send(
      PooledRequest request, std::chrono::steady_clock::time_point deadline);

 private:
  class Local;
  class Service;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace picus::net
