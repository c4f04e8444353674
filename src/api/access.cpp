#include "api/access.h"

#include <string>
#include <utility>

#include "api/problem.h"
#include "core/ascii.h"

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

}  // namespace

auth::Credentials credentials_of(const Request& request, const Target& target) {
  auth::Credentials credentials;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, "Authorization")) continue;
    credentials.repeats = credentials.authorization.has_value();
    if (!credentials.repeats) credentials.authorization = header.value;
  }
  if (!target.query.empty()) {
    const auto in_query = target.parameter("access_token");
    credentials.in_query = !in_query || in_query->has_value();  // also if there are two
  }
  return credentials;
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
