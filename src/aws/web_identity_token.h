#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "aws/credentials/credentials.h"
#include "net/client/http_pool.h"

namespace picus::aws {

/// A JSON Web Token of STS for the holder of AWS credentials.
struct WebIdentityToken {
  std::string text;
  std::chrono::system_clock::time_point expires;
};

struct WebIdentityRequest {
  static constexpr std::chrono::seconds kShortest{60};
  static constexpr std::chrono::seconds kLongest{3600};
  static constexpr std::chrono::seconds kUsual{900};

  std::string endpoint;  ///< of STS in the region: the global endpoint does not have the operation
  std::string region;
  std::string audience;  ///< the claim `aud`
  /// How long the token is valid, from kShortest to kLongest. Nothing: kUsual, or as long as the
  /// credentials if they end earlier.
  std::optional<std::chrono::seconds> lifetime = {};
};

/// STS GetWebIdentityToken, signed with RS256. Error: why there is no token and what helps, for the
/// user. `pool` and `credentials` outlive the call.
asio::awaitable<std::expected<WebIdentityToken, std::string>> get_web_identity_token(
    net::HttpPool* pool, CredentialsSource* credentials, WebIdentityRequest request,
    std::chrono::steady_clock::time_point deadline);

}  // namespace picus::aws
