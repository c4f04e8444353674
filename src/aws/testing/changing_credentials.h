#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "aws/credentials/credentials.h"

namespace picus::aws {

/// For tests: keys that change when they are refused.
class ChangingCredentials final : public CredentialsSource {
 public:
  asio::awaitable<Result<std::shared_ptr<const Credentials>>> get(
      std::chrono::steady_clock::time_point /*deadline*/) override {
    if (missing) co_return failure(ErrorCode::store_unavailable, "No.", "no provider has any");
    co_return std::make_shared<const Credentials>(
        Credentials{.access_key_id = "KEY" + std::to_string(invalidated),
                    .secret_access_key = "secret",
                    .session_token = "token",
                    .expires = {}});
  }
  void invalidate(const Credentials& /*refused*/) override { ++invalidated; }

  bool missing = false;
  std::atomic<int> invalidated = 0;
};

}  // namespace picus::aws
