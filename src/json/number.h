#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace picus::json {

/// The maximum length of the text of a number: a plain number with 38 digits never needs more, and
/// longer ones break other parsers.
inline constexpr std::size_t kMaxNumberBytes = 256;
inline constexpr std::int64_t kMaxSignificantDigits = 38;
inline constexpr std::int64_t kMinMagnitude = -130;  ///< 1E-130 is the smallest
inline constexpr std::int64_t kMaxMagnitude = 125;   ///< 9.99…E+125 is the largest

/// The properties of a JSON number, from its text, without rounding.
struct Number {
  bool negative;                    ///< starts with a minus sign (also possible for zero)
  std::int64_t significant_digits;  ///< without zeros at either end; of zero: 0
  std::int64_t magnitude;           ///< the power of ten of the first significant digit; of zero: 0

  [[nodiscard]] bool zero() const { return significant_digits == 0; }

  /// Its size as DynamoDB counts it.
  [[nodiscard]] std::size_t dynamodb_bytes() const;
};

/// `text` is a number in the grammar of JSON.
Number measure(std::string_view text);

/// Whether `text` is a number in the grammar of JSON.
bool is_number(std::string_view text);

/// Appends the value of `text`, a number in the grammar of JSON, in its unique shortest scientific
/// notation: `-1.25E-7`; `0` for every zero.
void append_scientific(std::string& out, std::string_view text);

}  // namespace picus::json
