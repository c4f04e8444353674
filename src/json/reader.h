#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace picus::json {

/// A string as it stands in a text, between its quotes. Its escapes are valid, and so is its UTF-8.
struct RawString {
  std::string_view text;
  bool escaped = false;  ///< has a backslash

  /// What it says; `buffer` holds it where that differs from the text.
  [[nodiscard]] std::string_view unescaped(std::string& buffer) const;
  /// Appends it, without quotes, with the shortest escapes.
  void append_to(std::string& out) const;
};

/// Reads a JSON text that lies in memory, value after value, in one pass. Trusts nothing: the first
/// breach of the grammar, or of the caller's expectations, ends the reading, and every later call
/// fails too. Views into the text live as long as the text.
class Reader {
 public:
  static constexpr int kMaxDepth = 128;

  explicit Reader(std::string_view text) : text_(text) {}

  /// Goes into an object (`{`) or an array (`[`).
  bool enter(char bracket);
  /// Goes on to the next member or element. False: `close` was read, or the reading failed.
  bool next(char close);

  /// The first character of the value that comes now; 0 at the end of the text.
  char peek();
  /// A member's name, and the colon.
  std::optional<RawString> name();
  std::optional<RawString> string();
  std::optional<std::string_view> number();
  std::optional<bool> boolean();
  /// Reads past one value of any kind.
  bool skip();
  /// Nothing but white space follows.
  bool end();

  /// Where the reading stands, and the text from such a place to here.
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::string_view since(std::size_t position) const;

  /// Ends the reading. Always false.
  bool fail(std::string_view reason);
  [[nodiscard]] bool failed() const { return !reason_.empty(); }
  /// What was wrong; empty while nothing is.
  [[nodiscard]] std::string_view reason() const { return reason_; }
  /// What was wrong, and where; for a log.
  [[nodiscard]] std::string error() const;

 private:
  bool take(char wanted, std::string_view reason);
  bool take_word(std::string_view word);
  bool take_escape();
  std::optional<unsigned> take_hex();

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool fresh_ = false;  ///< right behind the bracket: no comma is due
  std::string_view reason_;
};

}  // namespace picus::json
