#pragma once

#include <cstddef>
#include <string_view>

namespace picus::json {

/// Finds where a JSON text that arrives in pieces ends. It looks at brackets and strings only:
/// whether the text is valid is for a parser to say. A text that does not begin with a bracket or a
/// quote ends before the next white space, comma or closing bracket.
class TextEnd {
 public:
  /// Takes the next piece, from the text's first byte on. Returns how many of its bytes belong to
  /// the text: all of them, unless it ends here.
  std::size_t feed(std::string_view piece);

  /// Whether the text has ended. A number or a word ends only with what follows it.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  enum class Place : unsigned char { begin, between, string, escape, word };

  /// Takes one character that decides where the next ones are.
  void take(char c);

  Place place_ = Place::begin;
  std::size_t depth_ = 0;
  bool complete_ = false;
};

}  // namespace picus::json
