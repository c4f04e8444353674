#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/error.h"

namespace picus::aws {

namespace asio = boost::asio;

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< empty: long-term keys
  std::optional<std::chrono::system_clock::time_point> expires;
};

/// The source of credentials for signatures. Thread-safe.
class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;

  /// Credentials that can be used now; cached, and refreshed in the background in advance. Errors:
  /// store_unavailable; its detail() has the reasons of all providers for the operator.
  virtual asio::awaitable<Result<std::shared_ptr<const Credentials>>> get(
      std::chrono::steady_clock::time_point deadline) = 0;

  /// The service refused `refused`: if they are still the current ones, the next get() fetches new
  /// credentials.
  virtual void invalidate(const Credentials& refused) = 0;
};

}  // namespace picus::aws
