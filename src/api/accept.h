#pragma once

#include <string_view>

#include "api/http.h"

namespace picus {

/// The weight in thousandths that Accept gives to a media type by its name (RFC 9110, 12.5.1); 0:
/// it does not name the type. Wildcards do not count.
int accepted_weight(const Request& request, std::string_view type);

}  // namespace picus
