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

/// The JSON texts of an Input: its lines, or the objects of its arrays and one after another. A
/// byte order mark of UTF-8 is skipped. Holds no more than one text and one piece of the Input.
class TextReader {
 public:
  struct Text {
    std::string_view text;  ///< valid until the next call
    /// It has more than `max_bytes`. It comes in parts then.
    bool too_long = false;
    /// Another part of it follows.
    bool goes_on = false;
  };

  /// `input` outlives the reader.
  TextReader(Input& input, std::size_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  /// Looks at the beginning; once, before next(). The outer error: it cannot be read; the inner
  /// one: it cannot be imported, in a sentence as recognise() makes it.
  std::expected<std::expected<Recognition, std::string>, InputEnd> recognise();

  /// Nothing: there are no more texts. After an error that is no interruption nothing more can be
  /// read.
  std::expected<std::optional<Text>, InputEnd> next();

  /// The line that the last text began in, and its number, both from 1.
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
  std::string head_;        // what recognise() read, until next() has gone through it
  std::string_view piece_;  // what was read and not yet handed out
  std::string partial_;     // the beginning of a text that goes on in the next piece
  bool handed_out_ = false;
  bool too_long_ = false;
  bool in_text_ = false;
  std::uint64_t line_ = 0;
  std::uint64_t lines_ended_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace picus::cli
