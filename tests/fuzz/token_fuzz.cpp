#include <boost/json.hpp>

#include "auth/claims.h"
#include "auth/credentials.h"
#include "auth/jwt.h"
#include "core/base64.h"
#include "core/bytes.h"
#include "fuzzing.h"

// What a client sends to prove who it is: the header, and a token whose header and claims are two
// lines of the text.
namespace picus::fuzzing {
namespace {

std::string base64url(std::string_view bytes) {
  std::string text;
  append_base64url(text, bytes_of(bytes));
  return text;
}

/// There is one way to write a token.
void look_at_token(std::string_view token) {
  const auto jwt = auth::Jwt::parse(token);
  if (!jwt) {
    expect(!jwt.error().empty());
    return;
  }
  expect(std::string(jwt->signed_text) + "." + base64url(jwt->signature) == token);
  const auth::IssuerEntry issuer{
      .issuer = "i", .keys = {}, .audience = {"picus"}, .trusts_scope_claims = true, .grants = {}};
  const std::chrono::sys_seconds now(std::chrono::seconds(1'800'000'000));
  const auto expires = auth::check_claims(jwt->claims, issuer, now);
  expect(!expires || *expires > now);
  auth::granted_scopes(jwt->claims, issuer);
}

}  // namespace

void look_at(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto token = auth::bearer_token({.authorization = text});
  if (token) expect(!token->empty() && token->find_first_of(" \t,\"") == std::string_view::npos);
  if (token && auth::is_api_token(*token)) expect(token->size() == auth::kApiTokenBytes);
  look_at_token(text);
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return;
  look_at_token(base64url(text.substr(0, line)) + "." + base64url(text.substr(line + 1)) + ".AA");
}

}  // namespace picus::fuzzing
