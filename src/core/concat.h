#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>

namespace picus {

void append_number(std::string& out, std::integral auto number) {
  char digits[20];  // the longest: -9223372036854775808
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
  out.append(std::begin(digits), end.ptr);
}

/// A number in units of 10^-decimals, as a decimal without trailing zeros: (1500, 3) is `1.5`.
inline void append_decimal(std::string& out, std::int64_t number, unsigned decimals) {
  std::uint64_t scale = 1;
  for (unsigned i = 0; i < decimals; ++i) scale *= 10;
  const bool is_negative = number < 0;
  const auto digits = is_negative ? -static_cast<std::uint64_t>(number)  // also of the smallest
                                  : static_cast<std::uint64_t>(number);
  if (is_negative) out += '-';
  append_number(out, digits / scale);
  std::uint64_t rest = digits % scale;
  if (rest != 0) out += '.';
  for (; rest != 0; rest = rest * 10 % scale) out += static_cast<char>('0' + rest * 10 / scale);
}

/// Texts, characters and whole numbers, one after another.
template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::string text;
  const auto append = [&text](const auto& part) {
    using Part = std::decay_t<decltype(part)>;
    if constexpr (std::same_as<Part, char>) {
      text += part;
    } else if constexpr (std::integral<Part>) {
      append_number(text, part);
    } else {
      text += std::string_view(part);
    }
  };
  (append(parts), ...);
  return text;
}

}  // namespace picus
