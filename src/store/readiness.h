#pragma once

#include <chrono>
#include <mutex>

namespace picus {

/// Whether a store that is reached over a network is ready, judged by probes. One that fails, or
/// two, may be chance: the third in a row says no, and the first that succeeds says yes again.
/// Thread-safe.
class Readiness {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool ready() const;

  /// Whether the caller is to probe now, and then to call end_probe(): nobody else does, and the
  /// last probe is a second old.
  bool begin_probe(Clock::time_point now);
  /// Whether that changed what ready() says.
  bool end_probe(bool succeeded);

 private:
  static constexpr int kFailures = 3;
  static constexpr std::chrono::seconds kInterval{1};

  mutable std::mutex mutex_;
  bool probing_ = false;
  int failures_ = 0;  // in a row
  Clock::time_point due_{};
};

}  // namespace picus
