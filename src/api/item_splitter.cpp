#include "api/item_splitter.h"

#include <algorithm>

namespace picus {

ItemSplitter::Part ItemSplitter::next(std::string_view& piece) {
  if (format_ != ItemFormat::lines) return next_element(piece);
  const std::size_t end = piece.find('\n');
  const Part part{.text = piece.substr(0, end), .complete = end != std::string_view::npos};
  piece.remove_prefix(part.text.size() + (part.complete ? 1 : 0));
  return part;
}

ItemSplitter::Part ItemSplitter::next_element(std::string_view& piece) {
  const std::string_view blanks = format_ == ItemFormat::array ? " \t\r\n" : " \t\r\n\x1e";
  while (place_ != Place::element) {
    piece.remove_prefix(std::min(piece.find_first_not_of(blanks), piece.size()));
    if (piece.empty() || !fault_.empty()) return {};
    step(piece.front());
    if (place_ != Place::element && fault_.empty()) piece.remove_prefix(1);
  }
  const std::string_view text = piece.substr(0, element_.feed(piece));
  piece.remove_prefix(text.size());
  if (element_.complete()) place_ = is_in_array_ ? Place::after : Place::outside;
  return {.text = text, .complete = element_.complete()};
}

/// What the next character does that is no white space and not within an element.
void ItemSplitter::step(char c) {
  const Place closed = format_ == ItemFormat::array ? Place::behind : Place::outside;
  switch (place_) {
    case Place::outside:
      if (c == '{' && format_ == ItemFormat::sequence) return begin_element(c);
      place_ = Place::first;
      if (c != '[') fault_ = "expected an object or an array";
      return;
    case Place::first:
      is_in_array_ = c != ']';
      is_in_array_ ? begin_element(c) : void(place_ = closed);
      return;
    case Place::next:
      begin_element(c);
      return;
    case Place::after:
      is_in_array_ = c == ',';
      place_ = is_in_array_ ? Place::next : closed;
      if (c != ',' && c != ']') fault_ = "expected a comma or the end of the array";
      return;
    case Place::behind:
      fault_ = "expected nothing after the array";
      return;
    case Place::element:
      return;
  }
}

void ItemSplitter::begin_element(char c) {
  constexpr std::string_view kNoValue = ",]}";
  if (kNoValue.contains(c)) {
    fault_ = "expected a value";
    return;
  }
  place_ = Place::element;
  element_ = json::TextEnd();
}

void ItemSplitter::finish() {
  if (format_ == ItemFormat::lines || !fault_.empty()) return;
  const Place end = format_ == ItemFormat::array ? Place::behind : Place::outside;
  if (place_ == Place::element) {
    fault_ = "the text ends inside a value";
  } else if (place_ != end) {
    fault_ = "the text ends inside an array";
  }
}

}  // namespace picus
