#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <thread>
#include <vector>

namespace picus::aws {
namespace {

using namespace std::chrono_literals;

// 2015-08-30T12:36:00Z, the time of the example in AWS's documentation.
constexpr std::chrono::system_clock::time_point kExampleTime{1440938160s};

Credentials example_credentials() {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
          .session_token = {},
          .expires = {}};
}

struct Unsigned {
  std::string_view method = "GET";
  std::string_view path = "/";
  std::string_view query = {};
  std::vector<SignableHeader> headers{{"host", "example.amazonaws.com"}};
  std::string_view body = {};
  Credentials credentials = example_credentials();
  std::chrono::system_clock::time_point now = kExampleTime;
};

Signature sign_with(Signer& signer, const Unsigned& asked) {
  return signer.sign({asked.method, asked.path, asked.query, asked.headers, asked.body},
                     asked.credentials, asked.now);
}

std::string sign(const Unsigned& asked) {
  Signer signer("us-east-1", "service");
  return sign_with(signer, asked).authorization;
}

std::string signature_of(const Unsigned& asked) {
  const std::string authorization = sign(asked);
  return authorization.substr(authorization.rfind('=') + 1);
}

TEST(Sigv4, ThePlainRequestOfTheDocumentationHasTheKnownSignature) {
  EXPECT_EQ(sign({}),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(Sigv4, TheDateIsTheOneThatWasSigned) {
  Signer signer("us-east-1", "service");
  EXPECT_EQ(sign_with(signer, {}).amz_date, "20150830T123600Z");
}

TEST(Sigv4, ASessionTokenIsSigned) {
  Unsigned asked;
  asked.credentials.session_token = "token";
  const std::string authorization = sign(asked);
  EXPECT_NE(authorization.find("SignedHeaders=host;x-amz-date;x-amz-security-token,"),
            std::string::npos);
  asked.credentials.session_token = "other";
  EXPECT_NE(sign(asked), authorization);
}

TEST(Sigv4, DotSegmentsAndRepeatedSlashesMakeNoDifference) {
  for (const std::string_view path : {"", "/", "//", "/.", "/./", "/a/..", "/../", "/a/../../"}) {
    EXPECT_EQ(signature_of({.path = path}), signature_of({.path = "/"})) << path;
  }
  EXPECT_EQ(signature_of({.path = "/a//./b/../c"}), signature_of({.path = "/a/c"}));
  EXPECT_EQ(signature_of({.path = "/a//"}), signature_of({.path = "/a/"}));
  EXPECT_NE(signature_of({.path = "/a/"}), signature_of({.path = "/a"}));
}

TEST(Sigv4, ThePathIsEncodedOnceMore) {
  EXPECT_EQ(signature_of({.path = "/a b"}).size(), 64U);
  EXPECT_NE(signature_of({.path = "/a%20b"}), signature_of({.path = "/a b"}));
  EXPECT_NE(signature_of({.path = "/a%2520b"}), signature_of({.path = "/a%20b"}));
}

TEST(Sigv4, TheOrderOfTheQueryMakesNoDifference) {
  EXPECT_EQ(signature_of({.query = "b=1&a=2&a=1"}), signature_of({.query = "a=1&a=2&b=1"}));
  EXPECT_EQ(signature_of({.query = "a"}), signature_of({.query = "a="}));
  EXPECT_NE(signature_of({.query = "a=1&b=2"}), signature_of({.query = "a=2&b=1"}));
  // `a` sorts before `a-`, where `a=` would sort after it.
  EXPECT_EQ(signature_of({.query = "a-=1&a=2"}), signature_of({.query = "a=2&a-=1"}));
}

TEST(Sigv4, SpaceAroundAndInsideAHeaderIsFolded) {
  const Unsigned plain{.headers = {{"host", "h"}, {"x-note", "a b c"}}};
  for (const std::string_view value : {"  a b c", "a b c\t ", "a   b \t c"}) {
    EXPECT_EQ(sign({.headers = {{"host", "h"}, {"x-note", value}}}), sign(plain)) << value;
  }
  EXPECT_NE(sign({.headers = {{"host", "h"}, {"x-note", "ab c"}}}), sign(plain));
  EXPECT_EQ(sign({.headers = {{"host", "h"}, {"x-note", " \t "}}}),
            sign({.headers = {{"host", "h"}, {"x-note", ""}}}));
}

TEST(Sigv4, RepeatedHeadersAreOneNameWithTheirValuesInOrder) {
  const std::string repeated =
      sign({.headers = {{"x-b", "2"}, {"host", "h"}, {"x-a", "0"}, {"x-b", "1"}}});
  EXPECT_EQ(repeated, sign({.headers = {{"host", "h"}, {"x-a", "0"}, {"x-b", "2,1"}}}));
  EXPECT_NE(repeated, sign({.headers = {{"host", "h"}, {"x-a", "0"}, {"x-b", "1,2"}}}));
  EXPECT_NE(repeated.find("SignedHeaders=host;x-a;x-amz-date;x-b,"), std::string::npos) << repeated;
}

TEST(Sigv4, EveryPartOfTheRequestCounts) {
  const std::string plain = signature_of({});
  EXPECT_NE(signature_of({.method = "POST"}), plain);
  EXPECT_NE(signature_of({.path = "/a"}), plain);
  EXPECT_NE(signature_of({.query = "a=1"}), plain);
  EXPECT_NE(signature_of({.headers = {{"host", "other"}}}), plain);
  EXPECT_NE(signature_of({.body = "a"}), plain);
  EXPECT_NE(signature_of({.now = kExampleTime + 1s}), plain);
}

TEST(Sigv4, TheKeptKeyIsDroppedWithItsDayAndItsSecret) {
  Unsigned tomorrow{.now = kExampleTime + 24h};
  Unsigned other;
  other.credentials.secret_access_key = "another";
  Signer signer("us-east-1", "service");
  for (int round = 0; round < 2; ++round) {
    for (const Unsigned& asked : {Unsigned{}, tomorrow, other, Unsigned{}}) {
      EXPECT_EQ(sign_with(signer, asked).authorization, sign(asked));
    }
  }
}

TEST(Sigv4, RegionAndServiceCount) {
  Signer elsewhere("eu-west-1", "service");
  Signer another("us-east-1", "dynamodb");
  EXPECT_NE(sign_with(elsewhere, {}).authorization, sign({}));
  EXPECT_NE(sign_with(another, {}).authorization, sign({}));
}

TEST(Sigv4, ThreadsMaySignWithDifferentSecretsAtOnce) {
  Signer signer("us-east-1", "service");
  const auto work = [&signer](std::string_view secret) {
    Unsigned asked;
    asked.credentials.secret_access_key = secret;
    const std::string expected = sign(asked);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(sign_with(signer, asked).authorization, expected);
  };
  std::thread one(work, "one");
  std::thread two(work, "two");
  one.join();
  two.join();
}

}  // namespace
}  // namespace picus::aws
