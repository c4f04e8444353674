#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picus::verify {

/// The ids of the items of a list; nothing: it is not an array of objects with an id.
std::optional<std::vector<std::string>> ids_of(std::string_view list);

/// The target of a `Link` with `rel="next"`; empty: there is none.
std::string next_of(std::string_view link);

}  // namespace picus::verify
