#include "net/chunk_decoder.h"

#include <algorithm>
#include <optional>

namespace picus::net {

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

/// Control bytes have no place in extensions and trailers; the tab is white space.
bool is_text(char c) { return static_cast<unsigned char>(c) >= ' ' ? c != '\x7f' : c == '\t'; }

}  // namespace

ChunkDecoder::Step ChunkDecoder::step(std::string_view input) {
  Step step;
  while (step.consumed < input.size() && state() == State::incomplete) {
    if (place_ == Place::data) {
      const auto bytes = std::min<std::uint64_t>(left_, input.size() - step.consumed);
      step.data = input.substr(step.consumed, bytes);
      step.consumed += bytes;
      left_ -= bytes;
      if (left_ == 0) place_ = Place::data_return;
      return step;
    }
    place_ = next(input[step.consumed++]);
  }
  return step;
}

ChunkDecoder::State ChunkDecoder::state() const {
  if (place_ == Place::complete) return State::complete;
  if (place_ == Place::malformed) return State::malformed;
  return State::incomplete;
}

ChunkDecoder::Place ChunkDecoder::next(char c) {
  switch (place_) {
    case Place::size_begin:
      return take_digit(c);
    case Place::size:
      return hex_digit(c) ? take_digit(c) : after_size(c);
    case Place::extension:
      return after_size(c);
    case Place::size_line_feed:
      if (c != '\n') return Place::malformed;
      return left_ == 0 ? Place::trailer_begin : Place::data;
    case Place::data_return:
      return c == '\r' ? Place::data_line_feed : Place::malformed;
    case Place::data_line_feed:
      return c == '\n' ? Place::size_begin : Place::malformed;
    case Place::trailer_begin:
      return c == '\r' ? Place::last_line_feed : count_trailer(c);
    case Place::trailer:
      return c == '\r' ? Place::trailer_line_feed : count_trailer(c);
    case Place::trailer_line_feed:
      return c == '\n' ? Place::trailer_begin : Place::malformed;
    case Place::last_line_feed:
      return c == '\n' ? Place::complete : Place::malformed;
    case Place::data:
    case Place::complete:
    case Place::malformed:
      break;
  }
  return Place::malformed;
}

ChunkDecoder::Place ChunkDecoder::take_digit(char c) {
  constexpr std::uint64_t kMaxBeforeShift = UINT64_MAX >> 4U;
  const auto digit = hex_digit(c);
  if (!digit || left_ > kMaxBeforeShift) return Place::malformed;
  left_ = (left_ << 4U) | *digit;
  return Place::size;
}

ChunkDecoder::Place ChunkDecoder::after_size(char c) {
  if (c == '\r') return Place::size_line_feed;
  // RFC 9112, 7.1.1: an extension begins with a semicolon, or with white space before one.
  const bool begins = c == ';' || c == ' ' || c == '\t';
  if (place_ == Place::size && !begins) return Place::malformed;
  if (!is_text(c) || ++extension_bytes_ > kMaxExtensionBytes) return Place::malformed;
  return Place::extension;
}

ChunkDecoder::Place ChunkDecoder::count_trailer(char c) {
  if (!is_text(c) || ++trailer_bytes_ > kMaxTrailerBytes) return Place::malformed;
  return Place::trailer;
}

}  // namespace picus::net
