#pragma once

#include <string>
#include <string_view>

namespace picus::cli {

/// A format that `picus import` does not read, and how to convert it to JSON. `FILE` is a
/// placeholder for the name of the file.
struct ForeignFormat {
  std::string what;  ///< `CSV`
  std::string way;   ///< `mlr --icsv --ojsonl cat FILE | picus import -`
};

/// Detects formats other than text by their first bytes; `what` is empty if none matches.
ForeignFormat foreign_binary(std::string_view head);

/// Detects the format of a text that does not start like a JSON object or array. `head` starts with
/// its first byte that is not white space.
ForeignFormat foreign_text(std::string_view head);

}  // namespace picus::cli
