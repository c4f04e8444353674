#include "auth/jwt.h"

#include <gtest/gtest.h>

#include "auth/testing/token_maker.h"

namespace picus::auth {
namespace {

using testing::base64url;
using testing::signing_input;

std::string fault_of(const std::string& token) {
  const auto jwt = Jwt::parse(token);
  return jwt ? "no fault" : std::string(jwt.error());
}

std::string fault_of_header(std::string_view header) {
  return fault_of(signing_input(header, "{}") + ".AA");
}

TEST(Jwt, HasAHeaderClaimsAndASignature) {
  const std::string text =
      signing_input(R"({"alg":"ES256","kid":"a/../b\u0000","typ":"JWT"})", R"({"iss":"joe"})");
  const std::string token = text + "." + base64url("signature");
  const auto jwt = Jwt::parse(token);
  ASSERT_TRUE(jwt) << jwt.error();
  EXPECT_EQ(jwt->algorithm, Algorithm::es256);
  EXPECT_EQ(jwt->key_id, std::string("a/../b\0", 7));
  EXPECT_EQ(jwt->claims.size(), 1);
  EXPECT_EQ(jwt->signed_text, text);
  EXPECT_EQ(jwt->signature, "signature");
}

TEST(Jwt, HasOneOfThreeAlgorithms) {
  EXPECT_EQ(algorithm_named("RS256"), Algorithm::rs256);
  EXPECT_EQ(algorithm_named("EdDSA"), Algorithm::ed25519);
  EXPECT_EQ(algorithm_named("Ed25519"), Algorithm::ed25519);
  for (const char* alg : {R"("none")", R"("None")", R"("NONE")", R"("nOnE")", R"("")", "null", "7",
                          R"(["RS256"])", R"("HS256")", R"("RS384")", R"("PS256")", R"("ES384")",
                          R"("ES256K")", R"("rs256")", R"("RS256 ")", R"("RS256\u0000")"}) {
    EXPECT_EQ(fault_of_header(R"({"alg":)" + std::string(alg) + "}"),
              "an alg that is not RS256, ES256 or EdDSA")
        << alg;
  }
  EXPECT_EQ(fault_of_header(R"({"kid":"a"})"), "an alg that is not RS256, ES256 or EdDSA");
}

TEST(Jwt, HasThreeParts) {
  const std::string fault = "not an API token, and not three parts with two dots";
  const std::string header = base64url(R"({"alg":"ES256"})");
  for (const std::string& token :
       {std::string("a"), std::string("."), std::string(".."), header + ".e30", header + ".e30.",
        header + "..AA", std::string(".e30.AA"), header + ".e30.AA.", header + ".e30.AA.AA",
        header + ".AA.AA.AA.AA", std::string(7000, '.')}) {
    EXPECT_EQ(fault_of(token), fault) << token;
  }
  EXPECT_EQ(fault_of(header + ".e30.AA"), "no fault");
  EXPECT_EQ(fault_of(std::string(10'000, '.')), "longer than 8 KiB");
}

TEST(Jwt, HasAtMost8KiB) {
  const std::string start = signing_input(R"({"alg":"ES256"})", "{}") + ".";
  EXPECT_EQ(fault_of(start + std::string(8192 - start.size(), 'A')), "no fault");
  EXPECT_EQ(fault_of(start + std::string(8193 - start.size(), 'A')), "longer than 8 KiB");
}

TEST(Jwt, HasAHeaderOfAtMost1KiB) {
  const auto header = [](std::size_t bytes) {
    const std::string start = R"({"alg":"ES256","x":")";
    return start + std::string(bytes - start.size() - 2, 'x') + R"("})";
  };
  EXPECT_EQ(fault_of_header(header(1024)), "no fault");
  EXPECT_EQ(fault_of_header(header(1025)), "a header longer than 1 KiB");
}

TEST(Jwt, IsWrittenInOneWayOnly) {
  const std::string header = base64url(R"({"alg":"ES256"})");
  for (const std::string& token :
       {header + "=.e30.AA", header + ".e30=.AA", " " + header + ".e30.AA", header + ".e3 0.AA",
        header + ".e31.AA", header + ".e30.AB", header + ".e30.A",
        header + ".e30.AA==", header + ".e30.A+AA", header + "\n.e30.AA"}) {
    EXPECT_NE(fault_of(token), "no fault") << token;
  }
}

TEST(Jwt, HasNoHeaderMemberThatChangesWhatItMeans) {
  for (const char* member : {R"("crit":["exp"])", R"("crit":[])", R"("b64":false)", R"("b64":true)",
                             R"("zip":"DEF")", R"("enc":"A128GCM")"}) {
    EXPECT_EQ(fault_of_header(R"({"alg":"ES256",)" + std::string(member) + "}"),
              "a header with crit, b64, zip or enc");
  }
}

TEST(Jwt, HasATypeOfAccessTokens) {
  // A media type: without regard to case, and with or without application/ (RFC 7515, 4.1.9).
  for (const char* type : {"JWT", "jwt", "at+jwt", "application/at+jwt", "Application/JWT"}) {
    EXPECT_EQ(fault_of_header(R"({"alg":"ES256","typ":")" + std::string(type) + R"("})"),
              "no fault");
  }
  for (const char* type : {R"("dpop+jwt")", R"("logout+jwt")", R"("text/jwt")", R"("application/")",
                           R"("")", "null", "7"}) {
    EXPECT_EQ(fault_of_header(R"({"alg":"ES256","typ":)" + std::string(type) + "}"),
              "a typ that is not JWT or at+jwt");
  }
}

TEST(Jwt, HasAHeaderWithoutDuplicatesAndDepth) {
  const std::string fault = "a header that is not one JSON object";
  EXPECT_EQ(fault_of_header(R"({"alg":"ES256","alg":"none"})"), fault);
  EXPECT_EQ(fault_of_header(R"({"alg":"ES256","\u0061lg":"ES256"})"), fault);
  EXPECT_EQ(fault_of_header(R"({"alg":"ES256"} {})"), fault);
  EXPECT_EQ(fault_of_header(R"(["ES256"])"), fault);
  EXPECT_EQ(fault_of_header(""), "not an API token, and not three parts with two dots");
  EXPECT_EQ(fault_of_header(R"({"alg":"ES256","x":[[[[1]]]]})"), fault);
  EXPECT_EQ(fault_of_header(R"({"alg":"ES256","x":[[[1]]]})"), "no fault");
}

TEST(Jwt, HasAKeyIdOfAtMost256Bytes) {
  const auto with_id = [](const std::string& id) { return R"({"alg":"ES256","kid":)" + id + "}"; };
  EXPECT_EQ(fault_of_header(with_id('"' + std::string(256, 'k') + '"')), "no fault");
  EXPECT_EQ(fault_of_header(with_id('"' + std::string(257, 'k') + '"')), "an unusable kid");
  EXPECT_EQ(fault_of_header(with_id("7")), "an unusable kid");
  EXPECT_EQ(fault_of_header(with_id("null")), "an unusable kid");
}

TEST(Jwt, HasClaimsWithoutDuplicatesAndDepth) {
  const std::string fault = "claims that are not one JSON object";
  const auto fault_of_claims = [](std::string_view claims) {
    return fault_of(signing_input(R"({"alg":"ES256"})", claims) + ".AA");
  };
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","sub":"b"})"), fault);
  EXPECT_EQ(fault_of_claims(R"({"x":{"sub":"a","sub":"b"}})"), fault);
  EXPECT_EQ(fault_of_claims("[]"), fault);
  EXPECT_EQ(fault_of_claims("\"text\""), fault);
  EXPECT_EQ(fault_of_claims("{\"x\":\"\xFF\"}"), fault);
  const auto nested = [](std::size_t levels) {
    return R"({"x":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(fault_of_claims(nested(16)), "no fault");
  EXPECT_EQ(fault_of_claims(nested(17)), fault);
  EXPECT_EQ(fault_of_claims(nested(2000)), fault);
}

}  // namespace
}  // namespace picus::auth
