#pragma once

#include <string>
#include <string_view>

namespace picus::json {

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8; bytes that are not become
/// U+FFFD.
void append_string(std::string& out, std::string_view text);

/// Appends `text` as the inside of a JSON string, with the shortest escapes; what needs none is
/// copied as it is.
void append_escaped(std::string& out, std::string_view text);

}  // namespace picus::json
