#pragma once

#include <cstdint>
#include <string_view>

#include "json/text_end.h"

namespace picus {

/// How the items of a bulk put are separated.
enum class BulkFormat : std::uint8_t {
  lines,  ///< one item a line
  array,  ///< a JSON array
};

/// Takes a text that arrives in pieces apart: into lines, or the elements of an array.
class ItemSplitter {
 public:
  struct Part {
    std::string_view text;  ///< of an item; empty: `piece` has no more of one
    bool complete = false;  ///< the item ends with it
  };

  explicit ItemSplitter(BulkFormat format) : format_(format) {}

  /// Takes the next part of an item off the front of `piece`.
  Part next(std::string_view& piece);
  /// Nothing follows. Of an array this is a fault where it is not closed.
  void finish();

  /// Why the text cannot be an array; empty: it can. Nothing is taken from then on.
  [[nodiscard]] std::string_view fault() const { return fault_; }
  [[nodiscard]] BulkFormat format() const { return format_; }

 private:
  enum class Place : std::uint8_t { before, first, element, after, next, behind };

  Part next_element(std::string_view& piece);
  void step(char c);

  BulkFormat format_;
  Place place_ = Place::before;
  json::TextEnd element_;
  std::string_view fault_;
};

}  // namespace picus
