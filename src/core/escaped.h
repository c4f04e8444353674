#pragma once

#include <string>
#include <string_view>

namespace picus {

/// `text` with each control character (C0, DEL and, in UTF-8, C1) other than the end of a line as
/// `\u001b`: names and texts of other people must not steer the terminal that shows them.
std::string escaped_controls(std::string_view text);

}  // namespace picus
