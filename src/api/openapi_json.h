#pragma once

#include <string_view>

namespace picus {

/// openapi.yaml of the repository's root, as JSON; compiled in.
std::string_view openapi_json();

}  // namespace picus
