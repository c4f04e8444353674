#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <expected>
#include <string_view>

#include "auth/configuration.h"
#include "auth/refusal.h"
#include "auth/scope.h"

namespace picus::auth {

/// The tolerated difference of the clocks of issuers.
inline constexpr std::chrono::seconds kClockLeeway{30};

/// Checks the claims of a token against the entry of its issuer and the time, before its signature
/// is checked. Returns when the token expires, including the leeway. Refusals: invalid_token,
/// expired_token, early_token.
std::expected<std::chrono::sys_seconds, Refusal> check_claims(const boost::json::object& claims,
                                                              const IssuerEntry& issuer,
                                                              std::chrono::sys_seconds now);

/// The scopes of verified claims.
Scopes granted_scopes(const boost::json::object& claims, const IssuerEntry& issuer);

}  // namespace picus::auth
