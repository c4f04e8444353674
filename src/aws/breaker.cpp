#include "aws/breaker.h"

namespace picus::aws {

bool Breaker::admits(Time now) {
  if (!is_open()) return true;
  Time due = next_probe_.load(std::memory_order_relaxed);
  return now >= due &&
         next_probe_.compare_exchange_strong(due, now + kProbeInterval, std::memory_order_relaxed);
}

void Breaker::succeeded() {
  // The usual case writes nothing.
  if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0, std::memory_order_relaxed);
}

void Breaker::failed(Time now) {
  if (is_open()) return;
  if (failures_.fetch_add(1, std::memory_order_relaxed) + 1 == kFailures) {
    next_probe_.store(now + kProbeInterval, std::memory_order_relaxed);
  }
}

}  // namespace picus::aws
