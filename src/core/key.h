#pragma once

#include <compare>
#include <string>
#include <utility>

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

}  // namespace picus
