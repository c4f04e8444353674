#pragma once

#include <cstdint>
#include <string_view>

#include "json/text_end.h"

namespace picus {

/// How the items of a text are separated.
enum class ItemFormat : std::uint8_t {
  lines,     ///< one item per line
  array,     ///< a JSON array
  sequence,  ///< objects and arrays one after another, also with U+001E between them (RFC 7464)
};

/// Takes a text that arrives in pieces apart: into lines, or the objects and elements of arrays.
class ItemSplitter {
 public:
  struct Part {
    std::string_view text;  ///< of an item; empty: `piece` has no further part of an item
    bool complete = false;  ///< this part ends the item
  };

  explicit ItemSplitter(ItemFormat format) : format_(format) {}

  /// Takes the next part of an item off the front of `piece`, or, with a fault, all before it.
  Part next(std::string_view& piece);
  /// Nothing follows. It is a fault if an array, or an object of a sequence, is not closed.
  void finish();

  /// Why the text has another format; empty: it has this one. Nothing is taken from then on.
  [[nodiscard]] std::string_view fault() const { return fault_; }
  [[nodiscard]] ItemFormat format() const { return format_; }

 private:
  enum class Place : std::uint8_t { outside, first, element, after, next, behind };

  Part next_element(std::string_view& piece);
  void step(char c);
  void begin_element(char c);

  ItemFormat format_;
  Place place_ = Place::outside;
  json::TextEnd element_;
  bool is_in_array_ = false;
  std::string_view fault_;
};

}  // namespace picus
