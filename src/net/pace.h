#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace picus::net {

/// The minimum pace at which a peer sends a body or reads a response. A single wait is limited to a
/// timeout. All waits together are limited to the timeout or, if that is longer, to the time that
/// the bytes take at a minimum rate.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  /// `min_rate`: bytes per second; 0: only the single wait is limited.
  explicit Pace(std::chrono::milliseconds timeout, std::size_t min_rate = 0)
      : timeout_(timeout), min_rate_(min_rate) {}

  /// The deadline of a wait that starts `now`, after this number of bytes.
  [[nodiscard]] Clock::time_point deadline(Clock::time_point now, std::uint64_t bytes) const;
  /// Adds the duration of a completed wait.
  void count(Clock::duration waited) { waited_ += waited; }

 private:
  std::chrono::milliseconds timeout_;
  std::size_t min_rate_;
  Clock::duration waited_{};
};

}  // namespace picus::net
