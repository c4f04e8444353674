#include "api/item_splitter.h"

#include <algorithm>

namespace picus {

ItemSplitter::Part ItemSplitter::next(std::string_view& piece) {
  if (format_ == BulkFormat::array) return next_element(piece);
  const std::size_t end = piece.find('\n');
  const Part part{.text = piece.substr(0, end), .complete = end != std::string_view::npos};
  piece.remove_prefix(part.text.size() + (part.complete ? 1 : 0));
  return part;
}

ItemSplitter::Part ItemSplitter::next_element(std::string_view& piece) {
  while (place_ != Place::element) {
    const std::size_t blank = piece.find_first_not_of(" \t\r\n");
    piece.remove_prefix(std::min(blank, piece.size()));
    if (piece.empty() || !fault_.empty()) {
      piece = {};
      return {};
    }
    step(piece.front());
    if (place_ != Place::element && fault_.empty()) piece.remove_prefix(1);
  }
  const std::string_view text = piece.substr(0, element_.feed(piece));
  piece.remove_prefix(text.size());
  if (element_.complete()) place_ = Place::after;
  return {.text = text, .complete = element_.complete()};
}

/// What the next character does that is no white space and not within an element.
void ItemSplitter::step(char c) {
  const auto begin_element = [this] {
    place_ = Place::element;
    element_ = json::TextEnd();
  };
  switch (place_) {
    case Place::before:
      place_ = Place::first;
      if (c != '[') fault_ = "expected '['";
      return;
    case Place::first:
      c == ']' ? void(place_ = Place::behind) : begin_element();
      return;
    case Place::next:
      if (c == ']') {
        fault_ = "expected a value after ','";
      } else {
        begin_element();
      }
      return;
    case Place::after:
      place_ = c == ',' ? Place::next : Place::behind;
      if (c != ',' && c != ']') fault_ = "expected ',' or ']' after an element";
      return;
    case Place::behind:
      fault_ = "expected nothing after the array";
      return;
    case Place::element:
      return;
  }
}

void ItemSplitter::finish() {
  const bool closed = format_ == BulkFormat::lines || place_ == Place::behind;
  if (!closed && fault_.empty()) fault_ = "the text ends before the array is closed with ']'";
}

}  // namespace picus
