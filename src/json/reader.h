#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace picus::json {

/// A raw string in a text, without its quotes. Its escapes and its UTF-8 are valid.
struct RawString {
  std::string_view text;
  bool escaped = false;  ///< has a backslash

  /// The unescaped string; `buffer` holds it if it differs from the text.
  [[nodiscard]] std::string_view unescaped(std::string& buffer) const;
  /// Appends it, without quotes, with the shortest escapes.
  void append_to(std::string& out) const;
};

/// Reads a JSON text in memory, value after value, in one pass. The first violation of the grammar,
/// or of the expectations of the caller, ends the reading, and every later call fails too. Views
/// refer to the text.
class Reader {
 public:
  static constexpr int kMaxDepth = 128;

  explicit Reader(std::string_view text) : text_(text) {}

  /// Enters an object (`{`) or an array (`[`).
  bool enter(char bracket);
  /// Moves to the next member or element. False: `close` was read, or the reading failed.
  bool next(char close);

  /// The first character of the next value; 0 at the end of the text.
  char peek();
  /// Reads the name of a member, and the colon.
  std::optional<RawString> name();
  std::optional<RawString> string();
  std::optional<std::string_view> number();
  std::optional<bool> boolean();
  /// Skips one value of any kind.
  bool skip();
  /// Checks that only white space follows.
  bool end();

  /// The current position, and the text from a position to the current one.
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::string_view since(std::size_t position) const;

  /// Ends the reading. Always false.
  bool fail(std::string_view reason);
  [[nodiscard]] bool failed() const { return !reason_.empty(); }
  /// The error; empty if there is none.
  [[nodiscard]] std::string_view reason() const { return reason_; }
  /// The error and its place, for a log.
  [[nodiscard]] std::string error() const;

 private:
  bool take(char wanted, std::string_view reason);
  bool take_word(std::string_view word);
  bool take_escape();
  std::optional<unsigned> take_hex();

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool fresh_ = false;  ///< directly after the bracket: no comma is expected
  std::string_view reason_;
};

}  // namespace picus::json
