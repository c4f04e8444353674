#pragma once

#include <string>
#include <string_view>

namespace picus::json {

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8; invalid bytes become U+FFFD.
void append_string(std::string& out, std::string_view text);
/// Appends `name` unchanged, and then `text` in the same way: `,"name":"text"`.
void append_member(std::string& out, std::string_view name, std::string_view text);
/// As a JSON string, with its quotes.
std::string as_string(std::string_view text);

/// Appends `text` as the inside of a JSON string, with the shortest escapes; text that needs none
/// is copied unchanged.
void append_escaped(std::string& out, std::string_view text);

/// Appends the unescaped inside of a JSON string. The escapes of `text` and their surrogate pairs
/// are valid.
void append_unescaped(std::string& out, std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace picus::json
