#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace picus {

/// Formats times and caches the part that does not change within a second. One per thread.
class UtcTime {
 public:
  /// RFC 3339 in UTC with microseconds: `2026-11-24T07:15:02.123456Z`. Valid until the next call.
  /// For years 0 to 9999.
  std::string_view rfc3339(std::chrono::sys_time<std::chrono::microseconds> time);

 private:
  void write_second(std::int64_t second);

  std::int64_t second_ = INT64_MIN;  // the second of text_
  std::array<char, 27> text_{};
};

}  // namespace picus
