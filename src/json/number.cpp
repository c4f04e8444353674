#include "json/number.h"

#include <algorithm>

#include "json/characters.h"

namespace picus::json {
namespace {

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

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
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

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = count_digits(text);
  if (whole == 0 || (whole > 1 && text.starts_with('0'))) return false;
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const std::size_t fraction = count_digits(text.substr(1));
    if (fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size();
}

void append_scientific(std::string& out, std::string_view text) {
  const Number number = measure(text);
  if (number.zero()) {
    out += '0';
    return;
  }
  if (number.negative) out += '-';
  std::int64_t left = number.significant_digits;
  bool begun = false;
  for (const char c : text) {
    if (left == 0) break;
    begun = begun || (is_digit(c) && c != '0');
    if (!begun || !is_digit(c)) continue;
    out += c;
    if (left == number.significant_digits && left > 1) out += '.';
    --left;
  }
  if (number.magnitude != 0) out += 'E' + std::to_string(number.magnitude);
}

}  // namespace picus::json
