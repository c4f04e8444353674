#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace picus::cli {

/// Decodes compressed data that arrives in pieces.
class Decompressor {
 public:
  /// The number of bytes that identify a compression.
  static constexpr std::size_t kMagicBytes = 4;

  /// For data that starts with `head`; null: it is not compressed in a format that Picus supports.
  static std::unique_ptr<Decompressor> of(std::string_view head);
  virtual ~Decompressor() = default;

  /// The next piece of data. The view is used until next() returns nothing.
  virtual void feed(std::string_view piece) = 0;
  /// The next decoded piece, valid until the next call. Nothing: it needs more data. The error is
  /// for the user: `the gzip data is damaged`.
  virtual std::expected<std::string_view, std::string> next() = 0;

  /// Whether the data can end here.
  [[nodiscard]] virtual bool is_whole() const = 0;
  /// `gzip`.
  [[nodiscard]] virtual std::string_view name() const = 0;
};

}  // namespace picus::cli
