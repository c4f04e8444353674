#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "auth/refusal.h"

namespace picus::auth {

/// What a request brings to prove who makes it.
struct Credentials {
  std::optional<std::string_view> authorization;  ///< the value of the first Authorization header
  bool repeats = false;                           ///< there is more than one
  bool in_query = false;                          ///< the query has a parameter access_token
};

/// The token after `Bearer` (RFC 6750, 2.1). Refusals: no_token (also for another scheme),
/// bad_request (more than one place), invalid_token (nothing that a token could be).
std::expected<std::string_view, Refusal> bearer_token(const Credentials& credentials);

}  // namespace picus::auth
