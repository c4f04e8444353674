#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace picus::aws {

/// The time as the server sees it: this machine's clock, put right by the `Date` of answers that
/// refused our time. Thread-safe.
class ServerClock {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// `local`: empty: the system's clock.
  explicit ServerClock(std::function<Time()> local) : local_(std::move(local)) {}

  [[nodiscard]] Time now() const { return here() + offset_.load(std::memory_order_relaxed); }

  /// Takes over the time of an answer's `Date`. False: it says nothing, or it is no farther than
  /// `tolerance` from what we took for the time.
  bool correct(std::string_view http_date, std::chrono::seconds tolerance);

 private:
  [[nodiscard]] Time here() const { return local_ ? local_() : std::chrono::system_clock::now(); }

  std::function<Time()> local_;
  std::atomic<std::chrono::seconds> offset_ = std::chrono::seconds(0);
};

/// RFC 9110, 5.6.7, in its one form that is still sent: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

}  // namespace picus::aws
