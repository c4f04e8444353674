#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace picus::telemetry {

/// The recorded spans that are not sent yet, within bounds: further ones are dropped and counted.
/// Thread-safe.
class SpanQueue {
 public:
  static constexpr std::size_t kMaxSpans = 4096;
  static constexpr std::size_t kMaxBytes = 3UZ * 1024 * 1024;
  static constexpr std::size_t kBatchSpans = 512;
  static constexpr std::size_t kBatchBytes = 512UZ * 1024;

  /// `span`: as Span::finish() returns it.
  void add(std::string span);
  /// The oldest spans, at most a batch of them.
  std::vector<std::string> take();

  /// Called by add() when a batch is complete; must not block. Set before the first add().
  void when_full(std::function<void()> call) { when_full_ = std::move(call); }

  [[nodiscard]] std::size_t size() const;
  /// How many spans were dropped so far.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::function<void()> when_full_;
  std::atomic<std::uint64_t> dropped_ = 0;
  mutable std::mutex mutex_;
  std::deque<std::string> spans_;  // under mutex_, like the next one
  std::size_t bytes_ = 0;
};

}  // namespace picus::telemetry
