#include "core/key.h"

#include <algorithm>

#include "core/concat.h"
#include "core/limits.h"
#include "json/text.h"

namespace picus {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

Result<Key> Key::parse(std::string text, ErrorCode code) {
  if (text.empty() || text.size() > kMaxKeyBytes) {
    return failure(code, concat("A key has 1 to ", kMaxKeyBytes, " bytes of UTF-8; this one has ",
                                text.size(), "."));
  }
  if (std::ranges::any_of(text, is_control)) {
    return failure(code, "A key must not have control characters (U+0000 to U+001F, U+007F).");
  }
  if (!json::is_utf8(text)) return failure(code, "A key must be UTF-8; this one is not.");
  return Key(std::move(text));
}

}  // namespace picus
