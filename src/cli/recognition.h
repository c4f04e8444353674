#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace picus::cli {

/// How JSON texts lie in a file.
enum class Layout : std::uint8_t {
  lines,  ///< one item a line: a line that is malformed fails alone
  texts,  ///< objects, and arrays of objects, one after another, over any number of lines
};

struct Recognition {
  Layout layout;
  std::string what;  ///< `NDJSON`, for the user
};

/// Judges a file by its first bytes. `whole`: there are no more. The error is a sentence without
/// the file's name, and says the way out: `this looks like CSV: …`. `name` stands in it.
std::expected<Recognition, std::string> recognise(std::string_view head, bool whole,
                                                  std::string_view name);

}  // namespace picus::cli
