#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace picus {

/// The `id` of an item: UTF-8, 1 to kMaxKeyBytes bytes, no control characters.
class Key {
 public:
  /// Errors: `code` (callers pass invalid_key for paths, invalid_id for bodies).
  static Result<Key> parse(std::string text, ErrorCode code);

  [[nodiscard]] const std::string& text() const { return text_; }
  auto operator<=>(const Key&) const = default;

 private:
  explicit Key(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A strong entity tag without its quotes: the first 128 bits of the SHA-256 of the text of the
/// item, base64url. Equal texts have equal tags, on every store, and after export and import.
class Etag {
 public:
  static constexpr std::size_t kBytes = 22;

  static Etag of(std::string_view json);
  /// Nothing if `text` is not an ETag of Picus.
  static std::optional<Etag> parse(std::string_view text);

  [[nodiscard]] std::string_view text() const { return {text_.data(), text_.size()}; }
  bool operator==(const Etag&) const = default;

 private:
  Etag() = default;
  std::array<char, kBytes> text_;
};

/// An item in a store: `json` is the text that a get returns.
struct StoredItem {
  std::string json;
  std::optional<Etag> etag;  ///< absent if another program wrote the item
};

/// An item to be put into a store.
struct NewItem {
  Key key;
  std::string json;  ///< `{"id":"…",…}`, normalized: no white space, `id` first
  Etag etag;
};

/// Makes an item from key and members (`"a":1,"b":2`, may be empty). `members_dynamodb_bytes`: the
/// size of the members as DynamoDB counts it. Errors: item_too_large.
Result<NewItem> make_item(Key key, std::string_view members, std::size_t members_dynamodb_bytes);

}  // namespace picus
