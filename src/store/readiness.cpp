#include "store/readiness.h"

#include <algorithm>

namespace picus {

bool Readiness::ready() const {
  const std::lock_guard lock(mutex_);
  return failures_ < kFailures;
}

bool Readiness::begin_probe(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (probing_ || now < due_) return false;
  probing_ = true;
  due_ = now + kInterval;
  return true;
}

bool Readiness::end_probe(bool succeeded) {
  const std::lock_guard lock(mutex_);
  probing_ = false;
  const bool was_ready = failures_ < kFailures;
  failures_ = succeeded ? 0 : std::min(failures_ + 1, kFailures);
  return was_ready != (failures_ < kFailures);
}

}  // namespace picus
