#pragma once

#include <string>

#include "api/http.h"
#include "core/error.h"
#include "core/item.h"

namespace picus {

/// A response with a JSON text that no cache may keep.
Response json_response(std::string body);

/// The tag as a header has it, in double quotes.
std::string quoted(const Etag& etag);

/// The error where there is no room for another request in the store.
std::unexpected<Error> too_many_requests();

}  // namespace picus
