#pragma once

#include <atomic>
#include <chrono>

namespace picus::aws {

/// A circuit breaker, so that callers do not wait for a server that is down: after several
/// consecutive failures it allows only occasional probes, until one succeeds. Thread-safe.
class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr unsigned kFailures = 5;
  static constexpr std::chrono::milliseconds kProbeInterval{500};

  [[nodiscard]] bool is_open() const {
    return failures_.load(std::memory_order_relaxed) >= kFailures;
  }
  /// Whether to send a request. While the breaker is open: true once per interval, for the probe.
  bool admits(Time now);
  /// The server responded, with any status.
  void succeeded();
  /// The server could not be reached, or did not respond.
  void failed(Time now);

 private:
  std::atomic<unsigned> failures_ = 0;  // consecutive
  std::atomic<Time> next_probe_ = Time{};
};

}  // namespace picus::aws
