#include "config/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>

#include "core/concat.h"

namespace picus {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the largest to the smallest, which a format falls back to.
constexpr std::array kDurations = {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                                   Unit{"ms", 1}};
constexpr std::array kSizes = {Unit{"GiB", 1ULL << 30}, Unit{"MiB", 1ULL << 20},
                               Unit{"KiB", 1ULL << 10}, Unit{"", 1}};

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto count = parse_count(text.substr(0, digits));
  if (!count) return std::nullopt;
  const std::string_view name =
      digits == std::string_view::npos ? std::string_view() : text.substr(digits);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (*count > std::numeric_limits<std::uint64_t>::max() / unit.factor) return std::nullopt;
    return *count * unit.factor;
  }
  return std::nullopt;
}

std::string format(std::uint64_t amount, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (amount >= unit.factor && amount % unit.factor == 0) {
      return std::to_string(amount / unit.factor).append(unit.name);
    }
  }
  return "0";
}

/// One digit after the point.
std::string tenths(std::uint64_t amount_in_tenths) {
  return concat(amount_in_tenths / 10, '.', amount_in_tenths % 10);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  const auto amount = parse(text, kDurations);
  constexpr auto kMost = std::uint64_t{1} << 62;
  if (!amount || *amount > kMost) return std::nullopt;
  return std::chrono::milliseconds(*amount);
}

std::string format_duration(std::chrono::milliseconds duration) {
  return duration.count() == 0 ? "0s"
                               : format(static_cast<std::uint64_t>(duration.count()), kDurations);
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse(text, kSizes); }

std::string format_size(std::uint64_t bytes) { return format(bytes, kSizes); }

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop != end) return std::nullopt;
  return count;
}

std::string format_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  if (text.size() < 5) return text;
  for (std::size_t at = text.size() - 3; at > 0; at -= at > 3 ? 3 : at) text.insert(at, 1, ' ');
  return text;
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  if (bytes < 1'000'000) return tenths(bytes / 100) + " kB";
  if (bytes < 1'000'000'000) return tenths(bytes / 100'000) + " MB";
  return tenths(bytes / 100'000'000) + " GB";
}

std::string format_elapsed(std::chrono::milliseconds elapsed) {
  if (elapsed < std::chrono::milliseconds(100)) return std::to_string(elapsed.count()) + " ms";
  const auto tenth_seconds = static_cast<std::uint64_t>(elapsed.count() / 100);
  if (tenth_seconds < 600) return tenths(tenth_seconds) + " s";
  const auto seconds = tenth_seconds / 10;
  const std::string rest = std::to_string(seconds % 60);
  const std::string minutes_and_rest = (rest.size() < 2 ? ":0" : ":") + rest;
  if (seconds < 3600) return std::to_string(seconds / 60) + minutes_and_rest;
  const std::string minutes = std::to_string(seconds / 60 % 60);
  return concat(seconds / 3600, (minutes.size() < 2 ? ":0" : ":"), minutes, minutes_and_rest);
}

}  // namespace picus
