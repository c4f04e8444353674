#pragma once

#include <span>
#include <string>
#include <string_view>

namespace picus {

/// The candidate that was probably meant: the fewest letters added, dropped, changed or swapped, at
/// most a third of what was written. Empty: none is near.
std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates);

/// `; did you mean "serve"?`, or nothing.
std::string did_you_mean(std::string_view written, std::span<const std::string_view> candidates);

}  // namespace picus
