#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string_view>

#include "api/http.h"
#include "auth/refusal.h"
#include "auth/scope.h"
#include "auth/verifier.h"

namespace picus {

namespace telemetry {
class Tracer;
}

/// The sender of a request that is allowed, by IAM or by a token that this thread has verified
/// before; it is counted. Null: call verify(). `after_path`: the question mark and the query of the
/// target; `needed`: what the route takes.
std::shared_ptr<const auth::Principal> known_sender(auth::Verifier& verifier,
                                                    const Request& request,
                                                    std::string_view after_path,
                                                    auth::Scope needed);

/// The verdict on the token of a request, which outlives the call; it is counted. `tracer` gets a
/// span of the check if the request is recorded.
asio::awaitable<auth::Verdict> verify(auth::Verifier* verifier, telemetry::Tracer* tracer,
                                      const Request* request, std::string_view after_path,
                                      auth::Scope needed);

/// The response to a request that is refused: 400, 401, 403 or 503, with WWW-Authenticate where a
/// token would help. `needed`: what its route takes.
Response refusal_response(const auth::Refusal& refusal, auth::Scope needed,
                          std::string_view request_id);

}  // namespace picus
