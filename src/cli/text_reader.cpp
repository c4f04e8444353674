#include "cli/text_reader.h"

#include <algorithm>
#include <utility>

namespace picus::cli {
namespace {

/// As much as recognition looks at.
constexpr std::size_t kHeadBytes = 64UZ * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
/// Between texts, U+001E too (RFC 7464).
constexpr std::string_view kBetweenTexts = " \t\r\n\x1e";

std::string name_of_byte(char c) {
  constexpr unsigned char kFirstPrintable = 0x20;
  constexpr unsigned char kLastPrintable = 0x7E;
  const auto byte = static_cast<unsigned char>(c);
  if (byte < kFirstPrintable || byte > kLastPrintable) return "byte " + std::to_string(byte);
  return std::string("\"") + c + '"';
}

}  // namespace

std::expected<std::expected<Recognition, std::string>, InputEnd> TextReader::recognise() {
  bool whole = false;
  while (!whole && head_.size() < kHeadBytes) {
    const auto piece = input_.read();
    if (!piece) return std::unexpected(piece.error());
    head_ += *piece;
    whole = piece->empty();
  }
  piece_ = head_;
  if (piece_.starts_with(kByteOrderMark)) piece_.remove_prefix(kByteOrderMark.size());
  const bool standard = !input_.size() && input_.name() == "standard input";
  auto recognised =
      cli::recognise(piece_.substr(0, kHeadBytes), whole && piece_.size() <= kHeadBytes,
                     standard ? "-" : input_.name());
  if (recognised) layout_ = recognised->layout;
  return recognised;
}

/// Sees that there is something to read; false: there is nothing more.
std::expected<bool, InputEnd> TextReader::fill() {
  if (!piece_.empty()) return true;
  const auto piece = input_.read();
  if (!piece) return std::unexpected(piece.error());
  piece_ = *piece;
  return !piece_.empty();
}

TextReader::Next TextReader::next() {
  if (std::exchange(handed_out_, false)) partial_.clear();
  return layout_ == Layout::lines ? next_line() : next_text();
}

TextReader::Next TextReader::next_line() {
  if (!std::exchange(in_text_, true)) {
    line_ = ++number_;
  }
  for (;;) {
    const auto filled = fill();
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) {
      const bool ended = partial_.empty() && !too_long_;
      in_text_ = false;
      if (ended) return std::nullopt;
      return take({}, true);
    }
    const std::size_t end = piece_.find('\n');
    const std::string_view part = piece_.substr(0, end);
    const bool complete = end != std::string_view::npos;
    piece_.remove_prefix(complete ? end + 1 : piece_.size());
    if (complete || partial_.size() + part.size() > max_bytes_ || too_long_) {
      in_text_ = !complete;
      return take(part, complete);
    }
    partial_ += part;
  }
}

/// The text, or the part of one that is too long, that ends with `end`.
TextReader::Text TextReader::take(std::string_view end, bool complete) {
  const bool too_long = too_long_ || partial_.size() + end.size() > max_bytes_;
  too_long_ = too_long && !complete;
  if (!partial_.empty()) {
    partial_ += end;
    handed_out_ = true;
    end = partial_;
  }
  return {.text = end, .too_long = too_long, .goes_on = too_long && !complete};
}

/// Goes over bytes between texts and in them.
void TextReader::pass(std::size_t bytes) {
  lines_ended_ += static_cast<std::uint64_t>(std::ranges::count(piece_.substr(0, bytes), '\n'));
  piece_.remove_prefix(bytes);
}

std::unexpected<InputEnd> TextReader::malformed(std::string_view what) const {
  return std::unexpected(
      InputEnd{.interrupted = false,
               .message = input_.name() + ":" + std::to_string(lines_ended_ + 1) +
                          ": invalid-json: " + std::string(what) + "; the reading ends here",
               .is_syntax = true});
}

/// A bracket or a comma of an array; false: it belongs to a text.
std::expected<bool, InputEnd> TextReader::take_structure(char c) {
  if (!in_array_) {
    if (c == '{') return false;
    if (c != '[') return malformed("expected an object or an array, not " + name_of_byte(c));
    in_array_ = true;
    due_ = Due::value_or_end;
    return true;
  }
  if (c == ']' && due_ != Due::value) {
    in_array_ = false;
    return true;
  }
  if (due_ == Due::comma_or_end) {
    if (c != ',')
      return malformed("expected a comma or the end of the array, not " + name_of_byte(c));
    due_ = Due::value;
    return true;
  }
  if (c == ',' || c == ']' || c == '}')
    return malformed("expected a value, not " + name_of_byte(c));
  return false;
}

/// Goes to the next text; false: there is none.
std::expected<bool, InputEnd> TextReader::find_text() {
  for (;;) {
    const auto filled = fill();
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) {
      if (in_array_) return malformed("the file ends inside an array");
      return false;
    }
    pass(std::min(piece_.find_first_not_of(kBetweenTexts), piece_.size()));
    if (piece_.empty()) continue;
    const auto structure = take_structure(piece_.front());
    if (!structure) return std::unexpected(structure.error());
    if (!*structure) return true;
    pass(1);
  }
}

TextReader::Next TextReader::next_text() {
  if (!in_text_) {
    const auto found = find_text();
    if (!found) return std::unexpected(found.error());
    if (!*found) return std::nullopt;
    in_text_ = true;
    end_ = {};
    line_ = lines_ended_ + 1;
    ++number_;
  }
  for (;;) {
    const auto filled = fill();
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return malformed("the file ends inside a value");
    const std::string_view part = piece_.substr(0, end_.feed(piece_));
    pass(part.size());
    if (end_.complete() || partial_.size() + part.size() > max_bytes_ || too_long_) {
      in_text_ = !end_.complete();
      if (end_.complete()) due_ = Due::comma_or_end;
      return take(part, end_.complete());
    }
    partial_ += part;
  }
}

}  // namespace picus::cli
