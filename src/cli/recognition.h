#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace picus::cli {

/// The layout of the JSON texts in a file.
enum class Layout : std::uint8_t {
  lines,  ///< one item per line: a malformed line does not affect others
  texts,  ///< consecutive objects and arrays of objects, over any number of lines
};

struct Recognition {
  Layout layout;
  std::string what;  ///< `NDJSON`, for the user
};

/// Detects the layout of a file from its first bytes. `whole`: these are all its bytes. The error
/// is a sentence without the name of the file, with advice: `this looks like CSV: …`. The advice
/// has `name`.
std::expected<Recognition, std::string> recognise(std::string_view head, bool whole,
                                                  std::string_view name);

}  // namespace picus::cli
