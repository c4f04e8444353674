#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Describes for a client the byte at which a parser stopped. Only for failures: it reads the text
/// again.
namespace picus::json {

inline constexpr std::string_view kLoneSurrogate = "a string holds half of a surrogate pair";

/// The place of an offset in a text. The text before the offset is the start of valid JSON.
struct ErrorPosition {
  /// Where the token begins that the offset lies in or ends; the offset itself if there is none.
  std::size_t token;
  /// The byte before the offset that is no white space; the text's size: there is none.
  std::size_t last;
  /// Where the last escape of the last string begins; the text's size: it has none.
  std::size_t escape;
  bool in_string;
  bool in_object;   ///< the innermost container is an object
  bool after_name;  ///< the last string was a member name, and no colon has followed
};

ErrorPosition locate(std::string_view text, std::size_t offset);

/// "at byte 7: expected ':' after a member name", for a text that is not JSON from `offset` on.
/// `reason`: a better description than that of the place, or empty.
std::string explain_syntax(std::string_view text, std::size_t offset, std::string_view reason);

/// A member name for a message: in quotes, escaped, at most 64 bytes.
std::string quoted(std::string_view name);

}  // namespace picus::json
