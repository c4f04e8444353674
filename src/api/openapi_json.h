#pragma once

#include <string_view>

namespace picus {

/// openapi.yaml as JSON, compiled in.
std::string_view openapi_json();

}  // namespace picus
