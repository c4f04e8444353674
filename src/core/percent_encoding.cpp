#include "core/percent_encoding.h"

namespace picus {
namespace {

/// `plus`: what each `+` becomes.
std::optional<std::string> decode(std::string_view text, char plus) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded += text.front() == '+' ? plus : text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto byte = encoded_byte(text);
    if (!byte) return std::nullopt;
    decoded += *byte;
    text.remove_prefix(3);
  }
  return decoded;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) { return decode(text, '+'); }

std::optional<std::string> form_decode(std::string_view text) { return decode(text, ' '); }

void append_encoded_byte(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[byte >> 4U];
  out += kHex[byte & 15U];
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  append_percent_encoded(encoded, text);
  return encoded;
}

void append_percent_encoded(std::string& out, std::string_view text) {
  for (const char c : text) is_unreserved(c) ? void(out += c) : append_encoded_byte(out, c);
}

}  // namespace picus
