#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What to tell a client about the byte that a parse stopped at. For the way of failure only: it
/// reads the text again.
namespace picus::json {

inline constexpr std::string_view kLoneSurrogate = "a string holds half of a surrogate pair";

/// Where in a text an offset lies. All that comes before the offset is the beginning of valid JSON.
struct Place {
  /// Where the token begins that the offset lies in or ends; the offset itself if there is none.
  std::size_t token;
  /// The byte before the offset that is no white space; the text's size: there is none.
  std::size_t last;
  /// Where the last escape of the last string begins; the text's size: it has none.
  std::size_t escape;
  bool in_string;
  bool in_object;   ///< the innermost container is an object
  bool after_name;  ///< the last string was a member name, and no colon has come since
};

Place locate(std::string_view text, std::size_t offset);

/// "at byte 7: expected ':' after a member name", for a text that stops being JSON at `offset`.
/// `reason` says it better than the place can, or is empty.
std::string explain_syntax(std::string_view text, std::size_t offset, std::string_view reason);

/// A member name for a message: in quotes, escaped, no more than 64 bytes of it.
std::string quoted(std::string_view name);

}  // namespace picus::json
