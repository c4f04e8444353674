#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Formats of durations, sizes and counts for people.
namespace picus {

/// `500ms`, `75s`, `2m`, `1h`, or `0`: a whole number with its unit. Nothing: not a duration, or
/// too long to count.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// In the largest unit that keeps it whole: `75s`, `2m`.
std::string format_duration(std::chrono::milliseconds duration);

/// `16KiB`, `1MiB`, `2GiB`, or plain bytes. Nothing: not a size, or more than 2^64 - 1.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// In the largest unit that keeps it whole: `16KiB`, `1000`.
std::string format_size(std::uint64_t bytes);

/// Decimal digits only.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// With a space between groups of three from five digits on: `7910`, `19 775`.
std::string format_count(std::uint64_t count);

/// Rounded, for people: `812 B`, `3.4 MB`.
std::string format_bytes(std::uint64_t bytes);

/// Rounded, for people: `61 ms`, `0.4 s`, `2:05`.
std::string format_elapsed(std::chrono::milliseconds elapsed);

}  // namespace picus
