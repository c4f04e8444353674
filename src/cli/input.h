#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/signals.h"

namespace picus::cli {

/// Why reading ended.
struct InputEnd {
  bool interrupted;     ///< a signal arrived
  std::string message;  ///< otherwise the error, with the name of the file
  /// The content is malformed: it counts as one failure, and is reported without `picus:`.
  bool is_syntax = false;
};

/// A file, or standard input. Data that starts like gzip or zstd is decompressed.
class Input {
 public:
  /// `name` is a path, or `-`. `signals` outlives the Input. The error is for the user.
  static std::expected<std::unique_ptr<Input>, std::string> open(const std::string& name,
                                                                 const Signals& signals);
  ~Input();

  /// The next piece, valid until the next call; an empty piece is the end.
  std::expected<std::string_view, InputEnd> read();

  [[nodiscard]] const std::string& name() const;
  /// `gzip`; empty: it is not compressed. Known after the first read.
  [[nodiscard]] std::string_view compression() const;
  /// The number of bytes of the file that were read so far, before decompression.
  [[nodiscard]] std::uint64_t bytes_read() const;
  /// The size of the file, if it is a regular file.
  [[nodiscard]] std::optional<std::uint64_t> size() const;

 private:
  struct State;
  explicit Input(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace picus::cli
