#pragma once

#include <span>
#include <string>
#include <string_view>

namespace picus {

/// The candidate with the fewest added, missing, changed or swapped letters, at most a third of
/// those of the text. Empty: no candidate is similar.
std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates);

/// `; did you mean "serve"?`, or nothing.
std::string did_you_mean(std::string_view written, std::span<const std::string_view> candidates);

}  // namespace picus
