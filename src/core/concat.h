#pragma once

#include <charconv>
#include <concepts>
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
