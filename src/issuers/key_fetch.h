#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <string>

#include "auth/key_set.h"
#include "net/client/http_pool.h"

namespace picus::issuers {

namespace asio = boost::asio;

/// Where an issuer publishes its keys.
struct KeyLocation {
  std::string issuer;  ///< the claim `iss`
  std::string keys;    ///< an https URL; empty: the discovery document of the issuer has it

  bool operator==(const KeyLocation&) const = default;
};

/// What is wrong with the location, for the operator; empty: it can be fetched from.
std::string fault_of(const KeyLocation& location);

struct FetchedKeys {
  auth::KeySet keys;
  std::string text;            ///< of the key set, to see whether it changed
  std::chrono::seconds fresh;  ///< how long
};

/// The limit of the pool for the body of a response.
inline constexpr std::size_t kMaxKeyResponseBytes = auth::KeySet::kMaxBytes;

/// Fetches the keys of an issuer, after its discovery document (OpenID Connect Discovery 1.0) where
/// the location has no URL of them. Only a 200 counts, redirects are not followed, and each of the
/// two responses may take 2 s. `pool` has the limit kMaxKeyResponseBytes. Error: why there are no
/// keys, for the log.
asio::awaitable<std::expected<FetchedKeys, std::string>> fetch_keys(net::HttpPool* pool,
                                                                    KeyLocation location);

}  // namespace picus::issuers
