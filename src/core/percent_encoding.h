#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Percent-encoding of URLs and forms.
namespace picus {

/// A character that needs no encoding anywhere in a URL (RFC 3986, 2.3).
constexpr bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// The value of a hexadecimal digit.
constexpr std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

/// The byte of the %XX that `text` begins with; nothing: it begins with none (RFC 3986, 2.1).
constexpr std::optional<char> encoded_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const auto high = hex_digit(text[1]);
  const auto low = hex_digit(text[2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high * 16 + *low);
}

/// The text with each %XX replaced by its byte, once; `+` stays a plus (RFC 3986, 2.1). Nothing if
/// a % is malformed.
std::optional<std::string> percent_decode(std::string_view text);

/// The same for a name or a value in a query, where `+` is a space as forms write it (WHATWG URL,
/// 5.1).
std::optional<std::string> form_decode(std::string_view text);

/// Appends `%XX`.
void append_encoded_byte(std::string& out, char c);

/// The text as one path segment: with %XX for all but unreserved characters (RFC 3986, 2.3).
std::string percent_encode(std::string_view text);
void append_percent_encoded(std::string& out, std::string_view text);

}  // namespace picus
