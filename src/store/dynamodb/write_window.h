#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

namespace picus {

/// The number of concurrent writes of a bulk put: halved when the table throttles, and increased by
/// one after every round without throttling. Thread-safe.
class WriteWindow {
 public:
  using Clock = std::chrono::steady_clock;

  /// The maximum and initial number; at least 1.
  explicit WriteWindow(std::size_t most);

  [[nodiscard]] std::size_t size() const;
  void succeeded();
  /// Throttles of concurrent writes count as one.
  void throttled(Clock::time_point now);

 private:
  static constexpr std::chrono::milliseconds kOnce{100};

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::size_t size_;
  std::size_t successes_ = 0;  // since the size changed
  Clock::time_point halved_{};
};

}  // namespace picus
