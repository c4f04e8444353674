#include "aws/retry.h"

#include <algorithm>

namespace picus::aws {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kMaxHinted{5000};  // beyond our own delay
constexpr unsigned kMaxDoublings = 16;    // more would pass kMaxRetryDelay anyway

}  // namespace

milliseconds retry_delay(milliseconds first, unsigned retry, double random,
                         std::optional<milliseconds> hint) {
  const milliseconds grown(first.count() << std::min(retry, kMaxDoublings));
  const milliseconds most = std::min(grown, kMaxRetryDelay);
  const milliseconds own(
      static_cast<milliseconds::rep>(static_cast<double>(most.count()) * random));
  return hint ? std::max(own, std::min(*hint, own + kMaxHinted)) : own;
}

bool RetryBudget::take(unsigned tokens) {
  unsigned left = tokens_.load(std::memory_order_relaxed);
  do {
    if (left < tokens) return false;
  } while (!tokens_.compare_exchange_weak(left, left - tokens, std::memory_order_relaxed));
  return true;
}

void RetryBudget::give(unsigned tokens) {
  unsigned left = tokens_.load(std::memory_order_relaxed);
  do {
    if (left == kCapacity) return;  // the usual case writes nothing
  } while (!tokens_.compare_exchange_weak(left, std::min(left + tokens, kCapacity),
                                          std::memory_order_relaxed));
}

}  // namespace picus::aws
