#pragma once

#include <cstdint>
#include <string>

namespace picus::net {

/// Why a request has no answer.
struct TransportError {
  enum class Kind : std::uint8_t {
    resolve,  ///< the host's name, or the origin itself, leads nowhere
    connect,  ///< no address took the connection
    tls,      ///< no agreement, or a certificate that does not fit
    timeout,  ///< the deadline passed
    broken,   ///< the connection ended, or what came is not HTTP
  };
  Kind kind;
  bool sent;            ///< the server may have seen the request and acted on it
  std::string message;  ///< what failed, for the log
  bool reused = false;  ///< on a kept-alive connection, which the server may have been closing
};

}  // namespace picus::net
