#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string_view>

#include "api/http.h"
#include "auth/refusal.h"
#include "auth/scope.h"
#include "auth/verifier.h"

namespace picus {

namespace telemetry {
class Tracer;
}

/// The decision of IAM on a request, or that on a token which this thread has verified before.
/// Nothing: call verify(). `needed`: what the route of the request takes.
std::optional<auth::Verdict> known_verdict(auth::Verifier& verifier, const Request& request,
                                           auth::Scope needed);

/// The verdict on the token of a request, which outlives the call. `tracer` gets a span of the
/// check if the request is recorded.
asio::awaitable<auth::Verdict> verify(auth::Verifier* verifier, telemetry::Tracer* tracer,
                                      const Request* request, auth::Scope needed);

/// The response to a request that is refused: 400, 401, 403 or 503, with WWW-Authenticate where a
/// token would help. `needed`: what its route takes.
Response refusal_response(const auth::Refusal& refusal, auth::Scope needed,
                          std::string_view request_id);

}  // namespace picus
