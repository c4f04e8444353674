#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace picus::aws {

/// The time of the server: the clock of this machine, corrected with the `Date` of responses that
/// refused a time. Thread-safe.
class ServerClock {
 public:
  using Time = std::chrono::system_clock::time_point;

  // Differences of the clocks.
  static constexpr std::chrono::seconds kAny{0};
  /// As far off our time must be to be what made a signature wrong: DynamoDB accepts five minutes.
  static constexpr std::chrono::seconds kMinutes{240};

  /// `local`: empty: the clock of the system.
  explicit ServerClock(std::function<Time()> local) : local_(std::move(local)) {}

  [[nodiscard]] Time now() const { return here() + offset_.load(std::memory_order_relaxed); }

  /// Sets the time from the `Date` of a response. False: there is no valid `Date`, or it differs by
  /// at most `tolerance` from the current time of this clock.
  bool correct(std::string_view http_date, std::chrono::seconds tolerance);

 private:
  [[nodiscard]] Time here() const { return local_ ? local_() : std::chrono::system_clock::now(); }

  std::function<Time()> local_;
  std::atomic<std::chrono::seconds> offset_ = std::chrono::seconds(0);
};

/// RFC 9110, 5.6.7, only the preferred format: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

}  // namespace picus::aws
