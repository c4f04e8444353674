#include "auth/credentials.h"

#include <algorithm>

#include "core/ascii.h"

namespace picus::auth {
namespace {

std::unexpected<Refusal> refuse(Refusal::Kind kind, std::string_view reason) {
  return std::unexpected(Refusal{kind, reason});
}

/// `b64token` of RFC 6750.
bool is_b64token(std::string_view text) {
  const std::string_view body = text.substr(0, text.find_last_not_of('=') + 1);
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").contains(c);
  };
  return !body.empty() && std::ranges::all_of(body, is_allowed);
}

}  // namespace

std::expected<std::string_view, Refusal> bearer_token(const Credentials& credentials) {
  using Kind = Refusal::Kind;
  if (credentials.repeats) return refuse(Kind::bad_request, "more than one Authorization header");
  if (credentials.in_query) return refuse(Kind::bad_request, "a token in the query");
  if (!credentials.authorization) return refuse(Kind::no_token, "no Authorization header");
  const std::string_view value = *credentials.authorization;
  const std::size_t space = value.find(' ');
  if (!equals_ignoring_case(value.substr(0, space), "Bearer"))
    return refuse(Kind::no_token, "another scheme");
  const std::string_view token = space == std::string_view::npos ? "" : value.substr(space + 1);
  if (!is_b64token(token)) return refuse(Kind::invalid_token, "not the syntax of a token");
  return token;
}

}  // namespace picus::auth
