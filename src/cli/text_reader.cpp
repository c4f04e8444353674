#include "cli/text_reader.h"

#include <algorithm>
#include <utility>

#include "core/concat.h"

namespace picus::cli {
namespace {

/// As much as recognition looks at.
constexpr std::size_t kHeadBytes = 64UZ * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

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
  if (layout_ == Layout::texts) splitter_ = ItemSplitter(ItemFormat::sequence);
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
  for (;;) {
    const auto filled = fill();
    if (!filled) return std::unexpected(filled.error());
    if (!*filled) return finish();
    const std::string_view all = piece_;
    const ItemSplitter::Part part = splitter_.next(piece_);
    std::string_view passed = all.substr(0, all.size() - piece_.size());
    const bool is_nothing = part.text.empty() && !part.complete;
    if (!is_nothing && !std::exchange(in_text_, true)) {
      const auto before = static_cast<std::size_t>(part.text.data() - all.data());
      pass(passed.substr(0, before));
      passed.remove_prefix(before);
      line_ = lines_ended_ + 1;
      ++number_;
    }
    pass(passed);
    if (!splitter_.fault().empty()) {
      return malformed(std::string(splitter_.fault()) + ", not " + name_of_byte(piece_.front()));
    }
    if (part.complete || partial_.size() + part.text.size() > max_bytes_ || too_long_) {
      in_text_ = !part.complete;
      return take(part.text, part.complete);
    }
    partial_ += part.text;
  }
}

/// What there is when nothing more can be read: of lines, the last one.
TextReader::Next TextReader::finish() {
  splitter_.finish();
  if (!splitter_.fault().empty()) {
    return malformed(in_text_ ? "the file ends inside a value" : "the file ends inside an array");
  }
  const bool has_text = !partial_.empty() || too_long_;
  in_text_ = false;
  if (!has_text) return std::nullopt;
  return take({}, true);
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
void TextReader::pass(std::string_view bytes) {
  lines_ended_ += static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
}

std::unexpected<InputEnd> TextReader::malformed(std::string_view what) const {
  return std::unexpected(
      InputEnd{.interrupted = false,
               .message = concat(input_.name(), ":", lines_ended_ + 1, ": invalid-json: ", what,
                                 "; the rest of the file is not read"),
               .is_syntax = true});
}

}  // namespace picus::cli
