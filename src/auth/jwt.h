#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "auth/public_key.h"

namespace picus::auth {

inline constexpr std::size_t kMaxJwtBytes = 8192;
inline constexpr std::size_t kMaxJwtHeaderBytes = 1024;
inline constexpr std::size_t kMaxKeyIdBytes = 256;

/// The algorithm of this name (RFC 7518, RFC 8037, RFC 9864); nothing for all others.
std::optional<Algorithm> algorithm_named(std::string_view name);

/// A JSON Web Token in its compact form, read and not yet verified.
struct Jwt {
  Algorithm algorithm;
  std::optional<std::string> key_id;
  boost::json::object claims;
  std::string_view signed_text;  ///< a view into the token
  std::string signature;

  /// Error: why it can be no valid token; static text, for the log.
  static std::expected<Jwt, std::string_view> parse(std::string_view token);
};

}  // namespace picus::auth
