#include "core/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace picus {
namespace {

/// 64 letters, and the value of each.
class Alphabet {
 public:
  explicit constexpr Alphabet(std::string_view letters) : letters_(letters) {
    values_.fill(kNone);
    for (std::size_t i = 0; i < letters.size(); ++i) {
      values_[static_cast<unsigned char>(letters[i])] = static_cast<std::uint8_t>(i);
    }
  }

  void append(std::string& out, std::span<const std::uint8_t> bytes) const {
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const std::uint8_t byte : bytes) {
      bits = bits << 8U | byte;
      for (held += 8; held >= 6;) {
        held -= 6;
        out += letters_[bits >> held & 63U];
      }
    }
    if (held > 0) out += letters_[bits << (6 - held) & 63U];
  }

  struct Decoded {
    std::string bytes;
    bool is_canonical;  ///< no other letters stand for these bytes
  };
  [[nodiscard]] std::optional<Decoded> decode(std::string_view letters) const {
    Decoded decoded;
    decoded.bytes.reserve(letters.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char letter : letters) {
      const std::uint8_t value = values_[static_cast<unsigned char>(letter)];
      if (value == kNone) return std::nullopt;
      bits = (bits << 6U | value) & 0x3FFFU;
      held += 6;
      if (held < 8) continue;
      held -= 8;
      decoded.bytes += static_cast<char>(bits >> held & 0xFFU);
    }
    decoded.is_canonical = (bits & ((1U << held) - 1)) == 0;
    return held < 6 ? std::optional(std::move(decoded)) : std::nullopt;
  }

 private:
  static constexpr std::uint8_t kNone = 0xFF;

  std::string_view letters_;
  std::array<std::uint8_t, 256> values_{};
};

constexpr Alphabet kBase64("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
constexpr Alphabet kBase64Url("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

}  // namespace

void append_base64(std::string& out, std::span<const std::uint8_t> bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  kBase64.append(out, bytes);
  out.append((3 - bytes.size() % 3) % 3, '=');
}

void append_base64url(std::string& out, std::span<const std::uint8_t> bytes) {
  kBase64Url.append(out, bytes);
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string_view letters = text;
  // Padding fills up four letters where it is there.
  for (int i = 0; i < 2 && letters.ends_with('='); ++i) letters.remove_suffix(1);
  if (letters.size() < text.size() && text.size() % 4 != 0) return std::nullopt;
  auto decoded = kBase64.decode(letters);
  return decoded ? std::optional(std::move(decoded->bytes)) : std::nullopt;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  auto decoded = kBase64Url.decode(text);
  return decoded && decoded->is_canonical ? std::optional(std::move(decoded->bytes)) : std::nullopt;
}

}  // namespace picus
