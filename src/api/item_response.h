#pragma once

#include <string>

#include "api/http.h"
#include "core/error.h"
#include "core/item.h"

namespace picus {

/// A response with a JSON text that no cache may keep.
Response json_response(std::string body);

/// The ETag in double quotes, as in a header.
std::string quoted(const Etag& etag);

/// The error if the limit of requests in the store is reached.
std::unexpected<Error> too_many_requests();

}  // namespace picus
