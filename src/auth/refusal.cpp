#include "auth/refusal.h"

#include <utility>

namespace picus::auth {

std::string_view message_of(Refusal::Kind kind) {
  switch (kind) {
    case Refusal::Kind::no_token:
      return "This request needs a token: Authorization: Bearer TOKEN.";
    case Refusal::Kind::bad_request:
      return "A request may have only one Authorization header, and no token elsewhere.";
    case Refusal::Kind::invalid_token:
      return "The token is not valid";
    case Refusal::Kind::expired_token:
      return "The token has expired";
    case Refusal::Kind::early_token:
      return "The token is not yet valid";
    case Refusal::Kind::insufficient_scope:
      return "The token lacks a scope that this request needs: ";
    case Refusal::Kind::no_keys:
      return "The keys of the token's issuer are not available; retry later.";
    case Refusal::Kind::overloaded:
      return "The server is verifying as many new tokens as it can; retry later.";
  }
  std::unreachable();
}

std::string challenge_of(Refusal::Kind kind, Scope needed) {
  std::string challenge = R"(Bearer realm="picus")";
  switch (kind) {
    case Refusal::Kind::no_token:
      return challenge;
    case Refusal::Kind::invalid_token:
    case Refusal::Kind::expired_token:
    case Refusal::Kind::early_token:
      return challenge.append(R"(, error="invalid_token", error_description=")")
                 .append(message_of(kind)) +
             '"';
    case Refusal::Kind::insufficient_scope:
      return challenge.append(R"(, error="insufficient_scope", scope=")").append(name_of(needed)) +
             '"';
    case Refusal::Kind::bad_request:
    case Refusal::Kind::no_keys:
    case Refusal::Kind::overloaded:
      return {};
  }
  std::unreachable();
}

}  // namespace picus::auth
