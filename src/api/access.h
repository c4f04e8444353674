#pragma once

#include <string_view>

#include "api/http.h"
#include "api/target.h"
#include "auth/credentials.h"
#include "auth/refusal.h"
#include "auth/scope.h"

namespace picus {

/// What a request to this target brings to prove who makes it; valid as long as the request.
auth::Credentials credentials_of(const Request& request, const Target& target);

/// The response to a request that is refused: 400, 401, 403 or 503, with WWW-Authenticate where a
/// token would help. `needed`: what its route takes.
Response refusal_response(const auth::Refusal& refusal, auth::Scope needed,
                          std::string_view request_id);

}  // namespace picus
