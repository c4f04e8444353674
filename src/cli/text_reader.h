#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "api/item_splitter.h"
#include "cli/input.h"
#include "cli/recognition.h"

namespace picus::cli {

/// Reads the JSON texts of an Input: its lines, or its consecutive objects and the objects of its
/// arrays. A byte order mark of UTF-8 is skipped. Keeps at most one text and one piece of the Input
/// in memory.
class TextReader {
 public:
  struct Text {
    std::string_view text;  ///< valid until the next call
    /// It has more than `max_bytes` and is returned in parts.
    bool too_long = false;
    /// A further part of it follows.
    bool goes_on = false;
  };

  /// `input` outlives the reader.
  TextReader(Input& input, std::size_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  /// Detects the layout from the start of the input. Called once, before next(). The outer error:
  /// it cannot be read; the inner error: it cannot be imported, as a sentence of recognise().
  std::expected<std::expected<Recognition, std::string>, InputEnd> recognise();

  /// Nothing: there are no more texts. After an error other than an interruption nothing more can
  /// be read.
  std::expected<std::optional<Text>, InputEnd> next();

  /// The line in which the last text starts, and its number, both from 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] Layout layout() const { return layout_; }

 private:
  using Next = std::expected<std::optional<Text>, InputEnd>;

  std::expected<bool, InputEnd> fill();
  Next finish();
  Text take(std::string_view end, bool complete);
  void pass(std::string_view bytes);
  [[nodiscard]] std::unexpected<InputEnd> malformed(std::string_view what) const;

  Input& input_;
  std::size_t max_bytes_;
  Layout layout_ = Layout::lines;

  ItemSplitter splitter_{ItemFormat::lines};
  std::string head_;        // the bytes that recognise() read, until next() has processed them
  std::string_view piece_;  // the bytes that were read and not returned yet
  std::string partial_;     // the start of a text that continues in the next piece
  bool handed_out_ = false;
  bool too_long_ = false;
  bool in_text_ = false;
  std::uint64_t line_ = 0;
  std::uint64_t lines_ended_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace picus::cli
