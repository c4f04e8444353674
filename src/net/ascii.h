#pragma once

#include <algorithm>
#include <string_view>

namespace picus::net {

/// For header names and tokens, which are ASCII whatever the locale says.
inline bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, [](char left, char right) {
    return (left >= 'A' && left <= 'Z' ? left + ('a' - 'A') : left) == right;
  });
}

}  // namespace picus::net
