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
};

/// A file, or standard input. What begins like gzip (RFC 1952) is inflated, all members of it.
class Input {
 public:
  /// `name` is a path, or `-`. `signals` outlives the Input. The error is for the user.
  static std::expected<std::unique_ptr<Input>, std::string> open(const std::string& name,
                                                                 const Signals& signals);
  ~Input();

  /// The next piece, valid until the next call; an empty one is the end.
  std::expected<std::string_view, InputEnd> read();

  [[nodiscard]] const std::string& name() const;
  /// How much of the file was read so far, as it lies on the disk.
  [[nodiscard]] std::uint64_t bytes_read() const;
  /// How much it has in all, where that is known.
  [[nodiscard]] std::optional<std::uint64_t> size() const;

 private:
  struct State;
  explicit Input(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The lines of an Input.
class LineReader {
 public:
  struct Line {
    std::string_view text;  ///< without its end; valid until the next call
    bool too_long = false;  ///< it had more than `max_bytes`; `text` is empty
  };

  /// `input` outlives the reader.
  LineReader(Input& input, std::size_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  /// Nothing: there are no more lines.
  std::expected<std::optional<Line>, InputEnd> next();

  /// The number of the last line, from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  Line take(std::string_view end);

  Input& input_;
  std::size_t max_bytes_;
  std::string_view piece_;
  std::string partial_;  // the begin of a line that goes on in the next piece
  bool handed_out_ = false;
  bool too_long_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace picus::cli
