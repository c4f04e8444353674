#include "core/item.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/base64.h"
#include "core/concat.h"
#include "core/digest.h"
#include "core/limits.h"
#include "json/text.h"

namespace picus {
namespace {

constexpr std::size_t kEtagDigestBytes = 16;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

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

Etag Etag::of(std::string_view json) {
  const auto digest = sha256({json});
  std::string text;
  text.reserve(kBytes);
  append_base64url(text, std::span(digest).first<kEtagDigestBytes>());
  Etag etag;
  std::ranges::copy(text, etag.text_.begin());
  return etag;
}

std::optional<Etag> Etag::parse(std::string_view text) {
  if (text.size() != kBytes || !std::ranges::all_of(text, is_base64url)) return std::nullopt;
  Etag etag;
  std::ranges::copy(text, etag.text_.begin());
  return etag;
}

Result<NewItem> make_item(Key key, std::string_view members, std::size_t members_dynamodb_bytes) {
  constexpr std::string_view kIdName = "id";
  const std::size_t bytes =
      members_dynamodb_bytes + kIdName.size() + key.text().size() + kMetaBytes;
  if (bytes > kMaxItemBytes) {
    return failure(ErrorCode::item_too_large,
                   concat("An item has at most ", kMaxItemBytes,
                          " bytes as DynamoDB counts them (names, values and ", kMetaBytes,
                          " bytes for the server); this one has ", bytes, "."));
  }
  std::string json;
  json.reserve(members.size() + key.text().size() + 12);
  json += R"({"id":)";
  json::append_string(json, key.text());
  if (!members.empty()) json += ',';
  json += members;
  json += '}';
  const Etag etag = Etag::of(json);
  return NewItem{.key = std::move(key), .json = std::move(json), .etag = etag};
}

}  // namespace picus
