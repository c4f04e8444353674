#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

namespace picus {

/// How many writes of a bulk put may be on their way at one time: half as many when the table
/// throttles, one more for every round that it does not. Thread-safe.
class WriteWindow {
 public:
  using Clock = std::chrono::steady_clock;

  /// At most `most`, and at the beginning so many; at least 1.
  explicit WriteWindow(std::size_t most);

  [[nodiscard]] std::size_t size() const;
  void succeeded();
  /// What is throttled at the same time tells the same: it counts once.
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
