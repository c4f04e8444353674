#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace picus::net {

/// How slowly a peer may send one body, or read one response: it may not pause for longer than a
/// timeout, and the time that is spent waiting for it in all is limited to the timeout or, if that
/// is longer, to what its bytes take at a least rate.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  /// `min_rate`: bytes a second; 0: only pauses count.
  explicit Pace(std::chrono::milliseconds timeout, std::size_t min_rate = 0)
      : timeout_(timeout), min_rate_(min_rate) {}

  /// When a wait that begins `now` has to end, after so many bytes.
  [[nodiscard]] Clock::time_point deadline(Clock::time_point now, std::uint64_t bytes) const;
  /// A wait is over.
  void count(Clock::duration waited) { waited_ += waited; }

 private:
  std::chrono::milliseconds timeout_;
  std::size_t min_rate_;
  Clock::duration waited_{};
};

}  // namespace picus::net
