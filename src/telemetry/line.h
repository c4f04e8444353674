#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/log.h"

/// How a log line looks. `time` is RFC 3339 in UTC with microseconds; every line ends with '\n' and
/// holds no other.
namespace picus {

// What of a client's or a backend's words a line shows at most, in bytes.
inline constexpr std::size_t kMaxLoggedMethod = 32;
inline constexpr std::size_t kMaxLoggedRequestId = kMaxRequestIdBytes;
inline constexpr std::size_t kMaxLoggedText = 2048;

/// One JSON object.
void append_json_line(std::string& out, std::string_view time, Level level, std::string_view event,
                      std::span<const LogField> fields);
void append_json_line(std::string& out, std::string_view time, const AccessRecord& record);

/// For a person at a terminal. What could steer the terminal is escaped.
void append_text_line(std::string& out, std::string_view time, Level level, std::string_view event,
                      std::span<const LogField> fields, bool colour);
void append_text_line(std::string& out, std::string_view time, const AccessRecord& record,
                      bool colour);

/// Warning where the server failed, else info.
Level access_level(const AccessRecord& record);

/// The beginning of `text`, at most `max_bytes`, cut between two characters.
std::string_view beginning(std::string_view text, std::size_t max_bytes);

}  // namespace picus
