#include "json/number.h"

#include <algorithm>

namespace picus::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits after `e` or `E` with their sign. Saturates far past all that a text's
// digits can balance.
std::int64_t exponent(std::string_view text) {
  constexpr std::int64_t kSaturated = 1'000'000'000'000'000;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  for (const char c : text) value = std::min(value * 10 + (c - '0'), kSaturated);
  return negative ? -value : value;
}

}  // namespace

std::size_t Number::dynamodb_bytes() const {
  const auto digits = static_cast<std::size_t>(std::max<std::int64_t>(significant_digits, 1));
  const std::size_t sign = negative && !zero() ? 1 : 0;
  return std::min<std::size_t>((digits + 1) / 2 + 1 + sign, 21);
}

Number measure(std::string_view text) {
  Number number{.negative = text.starts_with('-'), .significant_digits = 0, .magnitude = 0};
  if (number.negative) text.remove_prefix(1);
  std::int64_t before_point = -1;  // digits left of the point; -1: no point seen
  std::int64_t digits = 0;
  std::int64_t first = -1;  // which digit is the first that is not zero, and which the last
  std::int64_t last = -1;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      if (c != '0') last = digits;
      if (c != '0' && first < 0) first = digits;
      ++digits;
    } else if (c == '.') {
      before_point = digits;
    } else {
      break;
    }
  }
  if (first < 0) return number;
  if (before_point < 0) before_point = digits;
  number.significant_digits = last - first + 1;
  number.magnitude = before_point - 1 - first;
  if (i < text.size()) number.magnitude += exponent(text.substr(i + 1));
  return number;
}

}  // namespace picus::json
