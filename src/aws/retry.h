#pragma once

#include <atomic>
#include <chrono>
#include <optional>

namespace picus::aws {

/// The maximum number of attempts of a call, as in the SDKs for DynamoDB, and for STS.
inline constexpr unsigned kMaxAttempts = 4;
inline constexpr unsigned kMaxAttemptsOfSts = 3;

/// A kind of retries, as the standard retries of the AWS SDKs for DynamoDB have it in 2026.
struct RetryKind {
  std::chrono::milliseconds first_delay;  ///< the most before the first retry
  unsigned cost;                          ///< of a retry, in tokens of the budget
};
/// After an error of the network or the server.
inline constexpr RetryKind kTransientRetry{.first_delay = std::chrono::milliseconds(25),
                                           .cost = 14};
/// After throttling.
inline constexpr RetryKind kThrottledRetry{.first_delay = std::chrono::milliseconds(1000),
                                           .cost = 5};

/// Delays grow to this.
inline constexpr std::chrono::milliseconds kMaxRetryDelay{20'000};

/// How long to wait before a retry, counted from 0. `random`: uniform from 0 to 1 (full jitter).
/// `hint`: the `x-amz-retry-after` of the server.
std::chrono::milliseconds retry_delay(std::chrono::milliseconds first, unsigned retry,
                                      double random, std::optional<std::chrono::milliseconds> hint);

/// A budget of tokens: retries cost tokens and successes add them, so that retries do not multiply
/// the load of an overloaded service. Thread-safe.
class RetryBudget {
 public:
  static constexpr unsigned kCapacity = 500;
  static constexpr unsigned kGift = 1;  ///< for a success without a retry

  /// False: there are not enough tokens, and none was taken.
  bool take(unsigned tokens);
  void give(unsigned tokens);
  [[nodiscard]] unsigned left() const { return tokens_.load(std::memory_order_relaxed); }

 private:
  std::atomic<unsigned> tokens_ = kCapacity;
};

}  // namespace picus::aws
