#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "aws/credentials/provider.h"

namespace picus::aws {

/// Keeps what a provider gave and refreshes it ahead of time: from 15 minutes before it expires,
/// and from 10 minutes before with more tries and an error in the log for each that fails; both
/// scaled down where the lifetime is short. Meanwhile, and as long as they are valid, the old ones
/// are given out at once.
///
/// Whether they have expired is for the service to say: this machine's clock may be ahead. Those
/// that seem expired are given out where the provider has no others.
///
/// Only where there are none does get() wait: all callers for the one fetch under way. After a
/// failure with nothing to give, callers get that failure for the next seconds, without a fetch.
///
/// Fetches run on a thread of its own, which the first get() starts.
class CachedCredentials final : public CredentialsSource {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  /// `log` outlives it, and so does what the provider uses.
  CachedCredentials(std::unique_ptr<CredentialsProvider> provider, Log& log,
                    Clock clock = std::chrono::system_clock::now);
  /// Those who still wait get a failure. A fetch under way is dropped.
  ~CachedCredentials() override;
  CachedCredentials(const CachedCredentials&) = delete;
  CachedCredentials& operator=(const CachedCredentials&) = delete;

  asio::awaitable<Result<std::shared_ptr<const Credentials>>> get(
      std::chrono::steady_clock::time_point deadline) override;

  /// Where the provider gives the same ones again, they are given out, and fetched anew after some
  /// seconds only.
  void invalidate(const Credentials& refused) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::aws
