#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/scope.h"

namespace picus::auth {

/// Why a request is refused.
struct Refusal {
  enum class Kind : std::uint8_t {
    no_token,
    bad_request,    ///< more than one token, or one in a place that is logged
    invalid_token,  ///< also: unknown, removed, revoked
    expired_token,
    early_token,         ///< not valid yet
    insufficient_scope,  ///< of a token that is valid
    no_keys,             ///< the keys of the issuer are not available; temporary
    overloaded,          ///< too many signatures to check; temporary
  };

  Kind kind;
  /// For log lines: the check that failed. Static text; clients see only the text of the kind.
  std::string_view reason;
};

/// What a client reads; that of insufficient_scope ends where the scope follows.
std::string_view message_of(Refusal::Kind kind);

/// The value of WWW-Authenticate (RFC 6750, 3) for a route that needs `needed`; empty: none.
std::string challenge_of(Refusal::Kind kind, Scope needed);

}  // namespace picus::auth
