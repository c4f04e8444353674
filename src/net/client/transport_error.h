#pragma once

#include <cstdint>
#include <string>

namespace picus::net {

/// Why a request has no response.
struct TransportError {
  enum class Kind : std::uint8_t {
    resolve,  ///< the host name cannot be resolved, or the origin is malformed
    connect,  ///< no address accepted the connection
    tls,      ///< the handshake failed, or the certificate is not valid for the host
    timeout,  ///< the deadline passed
    broken,   ///< the connection ended, or the response is not HTTP
  };
  Kind kind;
  bool sent;                ///< the server may have received the request and acted on it
  std::string message;      ///< what failed, for the log
  bool reused = false;      ///< on an idle connection, which the server may have been closing
  std::string server = {};  ///< to which there is no connection; empty: `message` is the whole text

  /// For where nothing else names the server.
  [[nodiscard]] std::string text() const {
    return server.empty() ? message : server + ": " + message;
  }
};

}  // namespace picus::net
