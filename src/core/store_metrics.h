#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/metrics.h"

namespace picus {

/// The operations of a store, under the name of OpenTelemetry's semantic conventions. Times are in
/// nanoseconds.
inline constexpr Metric kStoreDurations{
    .name = "db_client_operation_duration_seconds",
    .help = "Time of an operation of the store, with its retries.",
    .decimals = 9};
inline constexpr auto kStoreBounds = std::to_array<std::uint64_t>(
    {50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 25'000'000,
     50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 5'000'000'000,
     10'000'000'000});

/// Measures the time since it was made. Without a metric it reads no clock.
class Stopwatch {
 public:
  explicit Stopwatch(const Histograms& durations) : durations_(durations) {
    if (durations_.is_counted()) begun_ = Clock::now();
  }

  /// In nanoseconds.
  void observe(std::size_t series = 0) const {
    if (!durations_.is_counted()) return;
    const std::chrono::nanoseconds passed = Clock::now() - begun_;
    durations_.observe(static_cast<std::uint64_t>(passed.count()), series);
  }

 private:
  using Clock = std::chrono::steady_clock;

  Histograms durations_;
  Clock::time_point begun_{};
};

}  // namespace picus
