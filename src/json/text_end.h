#pragma once

#include <cstddef>
#include <string_view>

namespace picus::json {

/// Finds where a JSON text that arrives in pieces ends. It checks only brackets and strings; a
/// parser must check whether the text is valid. A text that does not start with a bracket or a
/// quote ends before the next white space, comma or closing bracket.
class TextEnd {
 public:
  /// Takes the next piece; the first piece starts with the text. Returns the number of its bytes
  /// that belong to the text: all of them, unless the text ends here.
  std::size_t feed(std::string_view piece);

  /// Whether the text has ended. A number or a word ends only with the character after it.
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
