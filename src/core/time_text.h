#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace picus {

/// `2026-11-24T21:30:00Z`, with or without a fraction, also with an offset: `+01:00`. A time that
/// the type of the clock cannot represent, such as the year 9999, becomes the last or first second
/// that it can.
std::optional<std::chrono::system_clock::time_point> parse_iso8601(std::string_view text);

/// `2026-11-24T21:30:00Z`, for the years 0 to 9999.
std::string iso8601(std::chrono::sys_seconds time);

/// In UTC, in a format of strftime such as `%Y%m%dT%H%M%SZ`. At most 63 bytes. Names of days and
/// months are English: the program never leaves the C locale.
std::string utc_text(std::chrono::system_clock::time_point time, const char* format);

}  // namespace picus
