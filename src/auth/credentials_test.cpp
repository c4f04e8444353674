#include "auth/credentials.h"

#include <gtest/gtest.h>

#include <cctype>

namespace picus::auth {
namespace {

using Kind = Refusal::Kind;

std::expected<std::string_view, Refusal> token_of(std::string_view value) {
  return bearer_token({.authorization = value});
}

TEST(Credentials, AreTheTokenBehindBearerInAnyCase) {
  for (const char* value : {"Bearer a-._~+/9==", "bearer a-._~+/9==", "BEARER a-._~+/9=="}) {
    EXPECT_EQ(token_of(value), "a-._~+/9==") << value;
  }
}

TEST(Credentials, OfAnotherSchemeAreNone) {
  for (const char* value : {"", " ", "Basic dGVzdA==", "Bearers x", "Bear", "picus_abc", "Bearer,x",
                            "Digest a=\"b\"", " Bearer x", "Bearer\tx"}) {
    ASSERT_FALSE(token_of(value)) << value;
    EXPECT_EQ(token_of(value).error().kind, Kind::no_token) << value;
  }
  EXPECT_EQ(bearer_token({}).error().kind, Kind::no_token);
}

TEST(Credentials, ThatAreNoTokenAreNotValid) {
  for (const char* value :
       {"Bearer", "Bearer ", "Bearer  x", "Bearer x ", "Bearer x y", "Bearer =", "Bearer a=b",
        "Bearer x,y", "Bearer \"x\"", "Bearer x\t", "Bearer \xC3\xA9"}) {
    ASSERT_FALSE(token_of(value)) << value;
    EXPECT_EQ(token_of(value).error().kind, Kind::invalid_token) << value;
  }
}

TEST(Credentials, HaveTheCharactersOfB64token) {
  constexpr std::string_view kOthers = "-._~+/=";
  for (int c = 0; c < 256; ++c) {
    const std::string value = std::string("Bearer x") + static_cast<char>(c);
    const bool is_allowed = std::isalnum(c) != 0 || kOthers.contains(static_cast<char>(c));
    EXPECT_EQ(token_of(value).has_value(), is_allowed) << c;
  }
}

TEST(Credentials, InTwoPlacesAreABadRequest) {
  const Credentials two{.authorization = "Bearer x", .repeats = true};
  EXPECT_EQ(bearer_token(two).error().kind, Kind::bad_request);
  const Credentials in_query{.authorization = {}, .in_query = true};
  EXPECT_EQ(bearer_token(in_query).error().kind, Kind::bad_request);
}

TEST(Refusals, AreChallengedAsRfc6750Says) {
  EXPECT_EQ(challenge_of(Kind::no_token, Scope::items_read), R"(Bearer realm="picus")");
  EXPECT_EQ(
      challenge_of(Kind::expired_token, Scope::items_read),
      R"(Bearer realm="picus", error="invalid_token", error_description="The token has expired")");
  EXPECT_EQ(challenge_of(Kind::insufficient_scope, Scope::items_write),
            R"(Bearer realm="picus", error="insufficient_scope", scope="items:write")");
  for (const Kind kind : {Kind::bad_request, Kind::no_keys, Kind::overloaded}) {
    EXPECT_EQ(challenge_of(kind, Scope::items_read), "");
  }
}

}  // namespace
}  // namespace picus::auth
