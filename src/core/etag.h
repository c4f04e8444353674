#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace picus {

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

}  // namespace picus
