#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "aws/credentials/provider.h"

namespace picus::aws {

/// Caches the credentials of a provider and refreshes them in advance: from 15 minutes before they
/// expire, and from 10 minutes before with more attempts and a logged error for each failure; both
/// times are shorter if the lifetime is short. During a refresh, get() returns the old credentials
/// immediately while they are valid.
///
/// Only the service decides whether credentials have expired, because the clock of this machine may
/// be ahead. Credentials that seem expired are returned if the provider has no others.
///
/// get() waits only if there are no credentials: all callers wait for the same fetch. After a
/// failure without credentials, callers get that failure for some seconds, without a fetch.
///
/// Fetches run on a separate thread, which the first get() starts.
class CachedCredentials final : public CredentialsSource {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  /// `log` and the objects that the provider uses outlive it.
  CachedCredentials(std::unique_ptr<CredentialsProvider> provider, Log& log,
                    Clock clock = std::chrono::system_clock::now);
  /// Waiting callers get a failure. A fetch in progress is abandoned.
  ~CachedCredentials() override;
  CachedCredentials(const CachedCredentials&) = delete;
  CachedCredentials& operator=(const CachedCredentials&) = delete;

  asio::awaitable<Result<std::shared_ptr<const Credentials>>> get(
      std::chrono::steady_clock::time_point deadline) override;

  /// If the provider returns the same credentials again, they are used, and the next fetch is only
  /// after some seconds.
  void invalidate(const Credentials& refused) override;

  /// How long the current credentials are valid; negative: they seem expired. Nothing: there are
  /// none, or they do not expire. From any thread.
  [[nodiscard]] std::optional<std::chrono::seconds> remaining() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::aws
