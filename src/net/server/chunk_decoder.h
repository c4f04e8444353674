#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace picus::net {

/// Decodes the chunked transfer coding (RFC 9112, 7.1) of a body that arrives in pieces of any
/// size. Strict: lines end with CRLF, sizes are plain hexadecimal numbers, and extensions and
/// trailers have the syntax of the RFC. Extensions and trailers are discarded, and their size is
/// limited.
class ChunkDecoder {
 public:
  static constexpr unsigned kMaxSizeDigits = 16;           ///< with leading zeros: those of 64 bits
  static constexpr std::size_t kMaxExtensionBytes = 1024;  ///< all extensions of a body together
  static constexpr std::size_t kMaxTrailerBytes = 4096;

  enum class State : std::uint8_t { incomplete, complete, malformed };

  struct Step {
    std::size_t consumed = 0;    ///< bytes of the input that are processed, including `data`
    std::string_view data = {};  ///< a part of the input
  };

  /// Decodes until it finds data, the end of the body, an error, or the end of `input`.
  Step step(std::string_view input);
  [[nodiscard]] State state() const;

 private:
  enum class Place : std::uint8_t {
    size_begin,  ///< the first digit
    size,
    extension_space,  ///< before a semicolon
    extension_name_begin,
    extension_name,
    extension_name_end,  ///< white space after it
    extension_value_begin,
    extension_value,
    extension_quoted,
    extension_escaped,
    extension_quoted_end,
    size_line_feed,
    data,
    data_return,
    data_line_feed,
    trailer_begin,  ///< at the start of a trailer line
    trailer_name,
    trailer_value,
    trailer_line_feed,
    last_line_feed,
    complete,
    malformed,
  };

  Place next(char c);
  Place take_digit(char c);
  Place take_extension(char c);
  [[nodiscard]] Place in_extension(char c) const;
  Place take_trailer(char c);

  Place place_ = Place::size_begin;
  std::uint64_t left_ = 0;  ///< of the chunk
  unsigned digits_ = 0;     ///< of its size
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace picus::net
