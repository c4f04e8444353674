#pragma once

#include <string>

#include "api/http.h"
#include "core/error.h"
#include "core/item.h"
#include "core/store.h"

namespace picus {

/// A response with a JSON text that no cache may keep.
Response json_response(std::string body);

/// The response to the put of one item.
Response put_response(const Key& key, const Etag& etag, PutOutcome outcome);

/// The ETag in double quotes, as in a header.
std::string quoted(const Etag& etag);

/// The error if the limit of requests in the store is reached.
std::unexpected<Error> too_many_requests();

}  // namespace picus
