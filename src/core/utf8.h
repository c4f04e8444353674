#pragma once

#include <string_view>

namespace picus {

/// Whether the text is well-formed UTF-8 (The Unicode Standard, table 3-7).
bool is_utf8(std::string_view text);

}  // namespace picus
