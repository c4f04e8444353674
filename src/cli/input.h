#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/signals.h"

namespace picus::cli {

/// Why no more can be read.
struct InputEnd {
  bool interrupted;     ///< a signal came
  std::string message;  ///< else: what went wrong, with the file's name
  /// The content is malformed: it counts as one failure, and is said without `picus:`.
  bool is_syntax = false;
};

/// A file, or standard input. What begins like gzip or zstd is decompressed.
class Input {
 public:
  /// `name` is a path, or `-`. `signals` outlives the Input. The error is for the user.
  static std::expected<std::unique_ptr<Input>, std::string> open(const std::string& name,
                                                                 const Signals& signals);
  ~Input();

  /// The next piece, valid until the next call; an empty one is the end.
  std::expected<std::string_view, InputEnd> read();

  [[nodiscard]] const std::string& name() const;
  /// `gzip`; empty: it is not compressed. Known once something was read.
  [[nodiscard]] std::string_view compression() const;
  /// How much of the file was read so far, as it lies on the disk.
  [[nodiscard]] std::uint64_t bytes_read() const;
  /// How much it has in all, where that is known: it is a regular file.
  [[nodiscard]] std::optional<std::uint64_t> size() const;

 private:
  struct State;
  explicit Input(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace picus::cli
