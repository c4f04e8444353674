#pragma once

#include <string>
#include <string_view>

namespace picus::json {

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8; bytes that are not become
/// U+FFFD.
void append_string(std::string& out, std::string_view text);
/// As a JSON string, with its quotes.
std::string as_string(std::string_view text);

/// Appends `text` as the inside of a JSON string, with the shortest escapes; what needs none is
/// copied as it is.
void append_escaped(std::string& out, std::string_view text);

/// Appends what the inside of a JSON string says. `text` is valid: its escapes, and their surrogate
/// pairs.
void append_unescaped(std::string& out, std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace picus::json
