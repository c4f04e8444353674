#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <expected>
#include <string_view>

#include "auth/configuration.h"
#include "auth/refusal.h"
#include "auth/scope.h"

namespace picus::auth {

/// How far the clocks of issuers may be off.
inline constexpr std::chrono::seconds kClockLeeway{30};

/// Checks what a token says against its issuer's entry and the time, before any signature is.
/// Returns when the token expires, leeway included. Refusals: invalid_token, expired_token,
/// early_token.
std::expected<std::chrono::sys_seconds, Refusal> check_claims(const boost::json::object& claims,
                                                              const IssuerEntry& issuer,
                                                              std::chrono::sys_seconds now);

/// What the bearer of verified claims may do.
Scopes granted_scopes(const boost::json::object& claims, const IssuerEntry& issuer);

}  // namespace picus::auth
