#include "net/pace.h"

#include <algorithm>

namespace picus::net {

namespace {

/// Keeps the arithmetic of durations from overflowing.
constexpr std::uint64_t kMaxEarnedSeconds = 30UZ * 24 * 3600;

}  // namespace

Pace::Clock::time_point Pace::deadline(Clock::time_point now, std::uint64_t bytes) const {
  if (min_rate_ == 0) return now + timeout_;
  const std::chrono::seconds earned(std::min(bytes / min_rate_, kMaxEarnedSeconds));
  const auto in_all = std::max<Clock::duration>(timeout_, earned) - waited_;
  return now + std::min<Clock::duration>(timeout_, in_all);
}

}  // namespace picus::net
