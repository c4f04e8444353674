#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace picus::aws {

/// How a failed attempt counts.
enum class RetryCause : std::uint8_t {
  transient,  ///< the network, or the server's fault
  throttled,  ///< the server is asked for too much
};

/// The AWS SDKs' standard retries, in their form of 2026, for DynamoDB.
///
/// How long to wait before a retry, counted from 0. `random`: from 0 to 1, evenly (full jitter).
/// `hint`: the server's `x-amz-retry-after`.
std::chrono::milliseconds retry_delay(RetryCause cause, unsigned retry, double random,
                                      std::optional<std::chrono::milliseconds> hint);

/// What a retry costs.
unsigned retry_cost(RetryCause cause);

/// Tokens that retries cost and successes bring, so that a service in trouble is not asked a
/// multiple of what it cannot do. Thread-safe.
class RetryBudget {
 public:
  static constexpr unsigned kCapacity = 500;
  static constexpr unsigned kGift = 1;  ///< of a success without a retry

  /// False: there is not enough, and nothing was taken.
  bool take(unsigned tokens);
  void give(unsigned tokens);
  [[nodiscard]] unsigned left() const { return tokens_.load(std::memory_order_relaxed); }

 private:
  std::atomic<unsigned> tokens_ = kCapacity;
};

}  // namespace picus::aws
