#pragma once

#include <string>
#include <string_view>

namespace picus::cli {

/// The text in single quotes: one word of a shell, in which nothing is expanded.
std::string single_quoted(std::string_view text);

}  // namespace picus::cli
