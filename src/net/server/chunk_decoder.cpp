#include "net/server/chunk_decoder.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/percent_encoding.h"

namespace picus::net {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

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
      digits_ = 0;
      return take_digit(c);
    case Place::size:
      if (hex_digit(c)) return take_digit(c);
      return c == '\r' ? Place::size_line_feed : take_extension(c);
    case Place::extension_space:
    case Place::extension_name_begin:
    case Place::extension_name_end:
    case Place::extension_value_begin:
    case Place::extension_quoted:
    case Place::extension_escaped:
      return take_extension(c);
    case Place::extension_name:
    case Place::extension_value:
    case Place::extension_quoted_end:
      return c == '\r' ? Place::size_line_feed : take_extension(c);
    case Place::size_line_feed:
      if (c != '\n') return Place::malformed;
      return left_ == 0 ? Place::trailer_begin : Place::data;
    case Place::data_return:
      return c == '\r' ? Place::data_line_feed : Place::malformed;
    case Place::data_line_feed:
      return c == '\n' ? Place::size_begin : Place::malformed;
    case Place::trailer_begin:
      return c == '\r' ? Place::last_line_feed : take_trailer(c);
    case Place::trailer_name:
      return take_trailer(c);
    case Place::trailer_value:
      return c == '\r' ? Place::trailer_line_feed : take_trailer(c);
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
  const auto digit = hex_digit(c);
  if (!digit || ++digits_ > kMaxSizeDigits) return Place::malformed;
  left_ = (left_ << 4U) | *digit;
  return Place::size;
}

ChunkDecoder::Place ChunkDecoder::take_extension(char c) {
  return ++extension_bytes_ > kMaxExtensionBytes ? Place::malformed : in_extension(c);
}

/// RFC 9112, 7.1.1: `;name`, `;name=token` or `;name="text"`, with white space between the parts.
ChunkDecoder::Place ChunkDecoder::in_extension(char c) const {
  using enum Place;
  if (place_ == extension_escaped) return is_text(c) ? extension_quoted : malformed;
  if (place_ == extension_quoted) {
    if (c == '"') return extension_quoted_end;
    if (c == '\\') return extension_escaped;
    return is_text(c) ? place_ : malformed;
  }
  const bool name_begins = place_ == extension_name_begin;
  const bool value_begins = place_ == extension_value_begin;
  const bool in_name = place_ == extension_name;
  if ((name_begins || in_name) && is_token_char(c)) return extension_name;
  if ((value_begins || place_ == extension_value) && is_token_char(c)) return extension_value;
  const bool behind_name = in_name || place_ == extension_name_end;
  if (is_space(c)) {
    if (name_begins || value_begins) return place_;
    return behind_name ? extension_name_end : extension_space;
  }
  if (c == ';' && !name_begins && !value_begins) return extension_name_begin;
  if (c == '=' && behind_name) return extension_value_begin;
  if (c == '"' && value_begins) return extension_quoted;
  return malformed;
}

/// RFC 9112, 5: `name: value`.
ChunkDecoder::Place ChunkDecoder::take_trailer(char c) {
  if (++trailer_bytes_ > kMaxTrailerBytes) return Place::malformed;
  if (place_ == Place::trailer_value) return is_text(c) ? place_ : Place::malformed;
  if (place_ == Place::trailer_name && c == ':') return Place::trailer_value;
  return is_token_char(c) ? Place::trailer_name : Place::malformed;
}

}  // namespace picus::net
