#pragma once

#include <string>
#include <string_view>

namespace picus::cli {

/// Data that `picus import` does not read: what it is, and how its items become JSON. `FILE` stands
/// for its name.
struct ForeignFormat {
  std::string what;  ///< `CSV`
  std::string way;   ///< `mlr --icsv --ojsonl cat FILE | picus import -`
};

/// Files that are not text, by their first bytes; `what` is empty where none fits.
ForeignFormat foreign_binary(std::string_view head);

/// Text that does not begin like a JSON object or array. `head` begins with its first byte that is
/// not white space.
ForeignFormat foreign_text(std::string_view head);

}  // namespace picus::cli
