#include "api/access.h"

#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "api/problem.h"
#include "api/target.h"
#include "api/trace_headers.h"
#include "auth/credentials.h"
#include "auth/principal.h"
#include "core/ascii.h"
#include "telemetry/tracer.h"

namespace picus {
namespace {

ErrorCode code_of(auth::Refusal::Kind kind) {
  using Kind = auth::Refusal::Kind;
  switch (kind) {
    case Kind::no_token:
    case Kind::invalid_token:
    case Kind::expired_token:
    case Kind::early_token:
      return ErrorCode::unauthenticated;
    case Kind::bad_request:
      return ErrorCode::bad_request;
    case Kind::insufficient_scope:
      return ErrorCode::insufficient_scope;
    case Kind::no_keys:
      return ErrorCode::auth_unavailable;
    case Kind::overloaded:
      return ErrorCode::overloaded;
  }
  std::unreachable();
}

std::string message_of(auth::Refusal::Kind kind, auth::Scope needed) {
  std::string message(auth::message_of(kind));
  if (kind == auth::Refusal::Kind::insufficient_scope) {
    message.append(auth::name_of(needed));
  }
  if (!message.ends_with('.')) message += '.';
  return message;
}

/// What a request brings to prove who makes it; valid as long as the request.
auth::Credentials credentials_of(const Request& request, std::string_view after_path) {
  auth::Credentials credentials;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, "Authorization")) continue;
    credentials.repeats = credentials.authorization.has_value();
    if (!credentials.repeats) credentials.authorization = header.value;
  }
  if (!after_path.empty()) {
    const auto in_query = Target::split(after_path).parameter("access_token");
    credentials.in_query = !in_query || in_query->has_value();  // also if there are two
  }
  return credentials;
}

std::chrono::sys_seconds now() {
  return std::chrono::sys_seconds(std::chrono::seconds(std::time(nullptr)));
}

}  // namespace

std::shared_ptr<const auth::Principal> known_sender(auth::Verifier& verifier,
                                                    const Request& request,
                                                    std::string_view after_path,
                                                    auth::Scope needed) {
  auto sender = request.iam_caller.empty()
                    ? verifier.recall(credentials_of(request, after_path), needed, now())
                    : std::make_shared<const auth::Principal>(
                          auth::Principal::of_issuer("iam", request.iam_caller, {needed}));
  if (sender != nullptr) verifier.count({});
  return sender;
}

asio::awaitable<auth::Verdict> verify(auth::Verifier* verifier, telemetry::Tracer* tracer,
                                      const Request* request, std::string_view after_path,
                                      auth::Scope needed) {
  const auto begun = std::chrono::steady_clock::now();
  auth::Verdict verdict =
      co_await verifier->admit(credentials_of(*request, after_path), needed, now());
  verifier->count(verdict.refusal);
  if (request->trace.is_recorded() && !verdict.cached) {
    tracer->record(auth_span(request->trace, verdict, begun));
  }
  co_return verdict;
}

Response refusal_response(const auth::Refusal& refusal, auth::Scope needed,
                          std::string_view request_id) {
  Response response = problem_response(
      Error(code_of(refusal.kind), message_of(refusal.kind, needed), std::string(refusal.reason)),
      request_id);
  std::string challenge = auth::challenge_of(refusal.kind, needed);
  if (!challenge.empty()) response.set("WWW-Authenticate", std::move(challenge));
  return response;
}

}  // namespace picus
