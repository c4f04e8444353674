#pragma once

#include <string>
#include <string_view>

#include "api/http.h"
#include "core/error.h"

namespace picus {

/// The error as an answer: `application/problem+json` (RFC 9457), with Retry-After where the code
/// has one. `request_id` is the one that the answer's X-Request-Id will say.
Response problem_response(Error error, std::string_view request_id);

}  // namespace picus
