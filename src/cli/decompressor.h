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
  /// So many bytes tell how data is compressed.
  static constexpr std::size_t kMagicBytes = 4;

  /// For data that begins with `head`; null: it is not compressed in a way that Picus knows.
  static std::unique_ptr<Decompressor> of(std::string_view head);
  virtual ~Decompressor() = default;

  /// The next piece of data. The view is used until next() returns nothing.
  virtual void feed(std::string_view piece) = 0;
  /// The next decoded piece, valid until the next call. Nothing: it needs more data. The error is
  /// for the user: `the gzip data is damaged`.
  virtual std::expected<std::string_view, std::string> next() = 0;

  /// Whether the data may end here.
  [[nodiscard]] virtual bool is_whole() const = 0;
  /// `gzip`.
  [[nodiscard]] virtual std::string_view name() const = 0;
};

}  // namespace picus::cli
