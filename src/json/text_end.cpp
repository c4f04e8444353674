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

std::size_t TextEnd::feed(std::string_view piece) {
  std::size_t at = 0;
  while (at < piece.size() && !complete_) {
    switch (place_) {
      case Place::begin:
        place_ = opens(piece[at]) ? Place::between : Place::word;
        if (piece[at] == '"') place_ = Place::string;
        depth_ = opens(piece[at]) ? 1 : 0;
        ++at;
        break;
      case Place::between:
        at = kStructure.find(piece, at);
        if (at == piece.size()) return at;
        if (piece[at] == '"') {
          place_ = Place::string;
        } else {
          depth_ = opens(piece[at]) ? depth_ + 1 : depth_ - 1;
          complete_ = depth_ == 0;
        }
        ++at;
        break;
      case Place::string:
        at = kStringEnd.find(piece, at);
        if (at == piece.size()) return at;
        place_ = piece[at] == '\\' ? Place::escape : Place::between;
        complete_ = place_ == Place::between && depth_ == 0;
        ++at;
        break;
      case Place::escape:
        place_ = Place::string;
        ++at;
        break;
      case Place::word:
        at = kAfterWord.find(piece, at);
        if (at == piece.size()) return at;
        complete_ = true;
        break;
    }
  }
  return at;
}

}  // namespace picus::json
