#include "lambda/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace picus::lambda {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> values_of_letters() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> kValues = values_of_letters();

/// Without its padding, which fills up four letters where it is there.
std::optional<std::string_view> letters_of(std::string_view text) {
  std::string_view letters = text;
  for (int i = 0; i < 2 && letters.ends_with('='); ++i) letters.remove_suffix(1);
  const bool padded = letters.size() < text.size();
  if ((padded && text.size() % 4 != 0) || letters.size() % 4 == 1) return std::nullopt;
  return letters;
}

}  // namespace

std::optional<std::string> base64_decode(std::string_view text) {
  const auto letters = letters_of(text);
  if (!letters) return std::nullopt;
  std::string bytes;
  bytes.reserve(letters->size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char letter : *letters) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(letter)];
    if (value == kNone) return std::nullopt;
    bits = (bits << 6U | value) & 0xFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFFU);
  }
  return bytes;
}

void append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    }
    out += kAlphabet[bits >> 18U];
    out += kAlphabet[bits >> 12U & 63U];
    out += bytes.size() > 1 ? kAlphabet[bits >> 6U & 63U] : '=';
    out += bytes.size() > 2 ? kAlphabet[bits & 63U] : '=';
  }
}

}  // namespace picus::lambda
