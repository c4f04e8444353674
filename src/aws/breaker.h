#pragma once

#include <atomic>
#include <chrono>

namespace picus::aws {

/// Keeps callers from waiting for a server that is not there: after some failures in a row only a
/// probe now and then goes through, until one succeeds. Thread-safe.
class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr unsigned kFailures = 5;
  static constexpr std::chrono::milliseconds kProbeInterval{500};

  [[nodiscard]] bool is_open() const {
    return failures_.load(std::memory_order_relaxed) >= kFailures;
  }
  /// Whether to go ahead. While open: true once each interval, for the probe.
  bool admits(Time now);
  /// The server was there, whatever it said.
  void succeeded();
  /// The server could not be reached, or did not answer.
  void failed(Time now);

 private:
  std::atomic<unsigned> failures_ = 0;  // in a row
  std::atomic<Time> next_probe_ = Time{};
};

}  // namespace picus::aws
