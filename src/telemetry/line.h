#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/log.h"

/// The format of log lines. `time` is RFC 3339 in UTC with microseconds; every line ends with '\n'
/// and contains no other.
namespace picus {

// Maximum bytes of a text of a client or a backend in a line.
inline constexpr std::size_t kMaxLoggedMethod = 32;
inline constexpr std::size_t kMaxLoggedPath = 64;  ///< if no route matches
inline constexpr std::size_t kMaxLoggedRequestId = kMaxRequestIdBytes;
inline constexpr std::size_t kMaxLoggedText = 2048;

/// One JSON object.
void append_json_line(std::string& out, std::string_view time, Level level, std::string_view event,
                      std::span<const LogField> fields);
/// `has_trace`: the line gets the member `trace` from elsewhere.
void append_json_line(std::string& out, std::string_view time, const AccessRecord& record,
                      bool has_trace = false);

/// For people at a terminal. Control characters are escaped.
void append_text_line(std::string& out, std::string_view time, Level level, std::string_view event,
                      std::span<const LogField> fields, bool colour);
void append_text_line(std::string& out, std::string_view time, const AccessRecord& record,
                      bool colour);

/// Warning if the server failed, otherwise info.
Level access_level(const AccessRecord& record);

/// The start of `text`, at most `max_bytes`, truncated between two characters.
std::string_view beginning(std::string_view text, std::size_t max_bytes);

}  // namespace picus
