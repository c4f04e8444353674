#pragma once

#include <string>
#include <string_view>

#include "api/http.h"
#include "core/error.h"

namespace picus {

/// The error as a response: `application/problem+json` (RFC 9457), with Retry-After if the code has
/// one. `request_id`: the X-Request-Id of the response.
Response problem_response(Error error, std::string_view request_id);

}  // namespace picus
