#include "json/text_end.h"

#include <array>

namespace picus::json {
namespace {

/// A set of bytes, made for looking at each byte of a long text.
class Bytes {
 public:
  explicit constexpr Bytes(std::string_view bytes) {
    for (const char byte : bytes) has_[static_cast<unsigned char>(byte)] = true;
  }

  /// The first of them in `text` from `at` on; else the text's size.
  [[nodiscard]] std::size_t find(std::string_view text, std::size_t at) const {
    while (at < text.size() && !has_[static_cast<unsigned char>(text[at])]) ++at;
    return at;
  }

 private:
  std::array<bool, 256> has_{};
};

constexpr Bytes kStructure("\"{}[]");
constexpr Bytes kStringEnd("\"\\");
constexpr Bytes kAfterWord(" \t\r\n,]}");

bool opens(char c) { return c == '{' || c == '['; }

}  // namespace

void TextEnd::take(char c) {
  switch (place_) {
    case Place::begin:
      place_ = c == '"' ? Place::string : opens(c) ? Place::between : Place::word;
      depth_ = opens(c) ? 1 : 0;
      break;
    case Place::between:
      if (c == '"') {
        place_ = Place::string;
        break;
      }
      depth_ = opens(c) ? depth_ + 1 : depth_ - 1;
      complete_ = depth_ == 0;
      break;
    case Place::string:
      place_ = c == '\\' ? Place::escape : Place::between;
      complete_ = place_ == Place::between && depth_ == 0;
      break;
    case Place::escape:
      place_ = Place::string;
      break;
    case Place::word:
      complete_ = true;
      break;
  }
}

std::size_t TextEnd::feed(std::string_view piece) {
  std::size_t at = 0;
  while (at < piece.size() && !complete_) {
    if (place_ == Place::between) at = kStructure.find(piece, at);
    if (place_ == Place::string) at = kStringEnd.find(piece, at);
    if (place_ == Place::word) at = kAfterWord.find(piece, at);
    if (at == piece.size()) return at;
    const bool in_word = place_ == Place::word;
    take(piece[at]);
    if (!in_word) ++at;  // what ends a word is not of it
  }
  return at;
}

}  // namespace picus::json
