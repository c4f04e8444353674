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
  /// Errors: `code` (a caller says invalid_key for paths, invalid_id for bodies).
  static Result<Key> parse(std::string text, ErrorCode code);

  [[nodiscard]] const std::string& text() const { return text_; }
  auto operator<=>(const Key&) const = default;

 private:
  explicit Key(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A strong entity tag without its quotes: the first 128 bits of the SHA-256 of the item's text,
/// base64url. Equal text, equal tag: on every store, and after export and import.
class Etag {
 public:
  static constexpr std::size_t kBytes = 22;

  static Etag of(std::string_view json);
  /// Nothing if `text` cannot be a tag of ours.
  static std::optional<Etag> parse(std::string_view text);

  [[nodiscard]] std::string_view text() const { return {text_.data(), text_.size()}; }
  bool operator==(const Etag&) const = default;

 private:
  Etag() = default;
  std::array<char, kBytes> text_;
};

/// An item as a store keeps it: `json` is the text that a get answers.
struct StoredItem {
  std::string json;
  std::optional<Etag> etag;  ///< absent where another program wrote the item
};

/// An item on its way into a store.
struct NewItem {
  Key key;
  std::string json;  ///< `{"id":"…",…}`, normalised: no white space, `id` first
  Etag etag;
};

/// Puts key and members (`"a":1,"b":2`, may be empty) together.
/// Errors: item_too_large, where `members_dynamodb_bytes` is what DynamoDB would count for the
/// members.
Result<NewItem> make_item(Key key, std::string_view members, std::size_t members_dynamodb_bytes);

}  // namespace picus
