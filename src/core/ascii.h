#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

/// Functions for ASCII text, independent of the locale: names and tokens of HTTP, of configuration
/// files and of the environment.
namespace picus {

constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // Other texts usually differ in the first character, by more than the bit of the case.
  constexpr int kCaseBit = 'a' ^ 'A';
  if (!a.empty() && ((a.front() ^ b.front()) & ~kCaseBit) != 0) return false;
  // Most senders write a name as we do.
  return a == b || std::ranges::equal(a, b, {}, lower_case, lower_case);
}

constexpr bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// A character of a token, as in methods and names of headers (RFC 9110, 5.6.2, `tchar`).
constexpr bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.contains(c);
}

/// The text without leading and trailing white space.
constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// Takes what is before the next `end` off the front of `text`, with `end`; all where there is
/// none. The result is trimmed.
constexpr std::string_view take_until(std::string_view& text, char end) {
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return trimmed(part);
}

/// The same, where an `end` within a quoted string is none (RFC 9110, 5.6.4).
constexpr std::string_view take_until_unquoted(std::string_view& text, char end) {
  bool is_quoted = false;
  std::size_t length = 0;
  while (length < text.size() && (is_quoted || text[length] != end)) {
    if (text[length] == '"') is_quoted = !is_quoted;
    length += is_quoted && text[length] == '\\' ? 2 : 1;
  }
  const std::string_view part = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return trimmed(part);
}

}  // namespace picus
