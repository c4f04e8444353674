#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/list_response.h"

namespace picus::verify {

/// The ids of the items of a list; nothing: it is not an array of objects with an id.
std::optional<std::vector<std::string>> ids_of(std::string_view list);

using cli::next_of;

}  // namespace picus::verify
