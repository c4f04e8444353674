#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace picus::json {

/// Of a number's text: a plain one with 38 digits never needs more, and longer ones break other
/// parsers.
inline constexpr std::size_t kMaxNumberBytes = 256;
inline constexpr std::int64_t kMaxSignificantDigits = 38;
inline constexpr std::int64_t kMinMagnitude = -130;  ///< 1E-130 is the smallest
inline constexpr std::int64_t kMaxMagnitude = 125;   ///< 9.99…E+125 is the largest

/// A JSON number, measured on its text: nothing is rounded.
struct Number {
  bool negative;                    ///< begins with a minus sign (also zero may)
  std::int64_t significant_digits;  ///< without zeros at either end; of zero: 0
  std::int64_t magnitude;           ///< the power of ten of the first significant digit; of zero: 0

  [[nodiscard]] bool zero() const { return significant_digits == 0; }

  /// What DynamoDB counts for it.
  [[nodiscard]] std::size_t dynamodb_bytes() const;
};

/// `text` is a number by JSON's grammar.
Number measure(std::string_view text);

/// Whether `text` is a number by JSON's grammar.
bool is_number(std::string_view text);

/// Appends the value of `text`, a number by JSON's grammar, in its one shortest scientific
/// spelling:
/// `-1.25E-7`; `0` for every zero.
void append_scientific(std::string& out, std::string_view text);

}  // namespace picus::json
