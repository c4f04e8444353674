#include "issuers/freshness.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/ascii.h"

namespace picus::issuers {
namespace {

using std::chrono::seconds;

constexpr seconds kLeast = std::chrono::minutes(1);
constexpr seconds kMost = std::chrono::hours(24);
constexpr seconds kUnstated = std::chrono::minutes(10);

/// A number of seconds (RFC 9111, 1.2.2): a larger one than can be stated is the largest.
std::optional<seconds> seconds_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return kMost;
  return error == std::errc() ? std::optional(seconds(number)) : std::nullopt;
}

std::optional<seconds> max_age_of(std::string_view cache_control) {
  constexpr std::string_view kMaxAge = "max-age";
  while (!cache_control.empty()) {
    std::string_view value = take_until(cache_control, ',');
    if (!equals_ignoring_case(take_until(value, '='), kMaxAge)) continue;
    if (value.starts_with('"') && value.ends_with('"')) {
      value = value.substr(1, value.size() - 2);
    }
    return seconds_in(value);
  }
  return std::nullopt;
}

}  // namespace

seconds freshness_of(std::string_view cache_control, std::string_view age) {
  const auto max_age = max_age_of(cache_control);
  if (!max_age) return kUnstated;
  return std::clamp(*max_age - seconds_in(age).value_or(seconds(0)), kLeast, kMost);
}

}  // namespace picus::issuers
