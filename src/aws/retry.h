#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace picus::aws {

/// The kind of a failed attempt.
enum class RetryCause : std::uint8_t {
  transient,  ///< an error of the network or the server
  throttled,  ///< the server limits the rate of requests
};

/// The standard retries of the AWS SDKs for DynamoDB, in their form of 2026.
///
/// How long to wait before a retry, counted from 0. `random`: uniform from 0 to 1 (full jitter).
/// `hint`: the `x-amz-retry-after` of the server.
std::chrono::milliseconds retry_delay(RetryCause cause, unsigned retry, double random,
                                      std::optional<std::chrono::milliseconds> hint);

/// The cost of a retry in tokens.
unsigned retry_cost(RetryCause cause);

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
