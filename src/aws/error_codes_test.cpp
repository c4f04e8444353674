#include "aws/error_codes.h"

#include <gtest/gtest.h>

#include "aws/server_clock.h"

namespace picus::aws {
namespace {

using namespace std::chrono_literals;
using Kind = CallError::Kind;

TEST(ServiceError, TheCodeStandsBetweenHashAndColon) {
  for (const std::string_view type :
       {"SomeException", "com.amazonaws.dynamodb.v20120810#SomeException",
        "com.amazon.coral.service#SomeException:http://internal.amazon.com/"}) {
    const std::string body = R"({"__type":")" + std::string(type) + R"(","message":"why"})";
    EXPECT_EQ(parse_service_error(kDynamoDb, 400, body).code, "SomeException");
    EXPECT_EQ(parse_service_error(kDynamoDb, 400, body).message, "why");
  }
}

TEST(ServiceError, TheMessageMayBeCapitalised) {
  EXPECT_EQ(parse_service_error(kDynamoDb, 400, R"({"__type":"a","Message":"why"})").message,
            "why");
}

TEST(ServiceError, WithoutADocumentTheStatusIsTheCode) {
  for (const std::string_view body :
       {"", "<html>", "[]", "{}", R"({"__type":5})", R"({"__type")"}) {
    EXPECT_EQ(parse_service_error(kDynamoDb, 503, body).code, "503") << body;
  }
}

TEST(ServiceError, OfTheQueryProtocolIsXml) {
  const ServiceError error = parse_service_error(
      kSts, 400, "<ErrorResponse><Error><Code>A</Code><Message>b &amp; c</Message></Error>");
  EXPECT_EQ(error.code, "A");
  EXPECT_EQ(error.message, "b & c");
  EXPECT_TRUE(error.is_document);
  EXPECT_FALSE(parse_service_error(kDynamoDb, 400, "<Code>A</Code>").is_document);
}

Meaning meaning(unsigned status, std::string code, std::string message = {},
                const Service& service = kDynamoDb) {
  return meaning_of(service, status, {.code = std::move(code), .message = std::move(message)});
}

void expect(const Meaning& found, Kind kind, Remedy remedy) {
  EXPECT_EQ(found.kind, kind);
  EXPECT_EQ(found.remedy, remedy);
}

TEST(ErrorCodes, ThrottlingIsDistinguishedFromFailure) {
  for (const std::string code : {"ProvisionedThroughputExceededException", "ThrottlingException",
                                 "Throttling", "KMSThrottlingException"}) {
    expect(meaning(400, code), Kind::throttled, Remedy::slow_down);
    expect(meaning(503, code), Kind::throttled, Remedy::slow_down);
  }
  expect(meaning(429, "429"), Kind::throttled, Remedy::slow_down);
  expect(meaning(500, "InternalServerError"), Kind::unavailable, Remedy::wait);
  expect(meaning(503, "503"), Kind::unavailable, Remedy::wait);
}

TEST(ErrorCodes, AnErrorOfTheOperatorIsNoBugOfOurs) {
  expect(meaning(400, "ValidationException", "One or more parameter values were invalid"),
         Kind::refused, Remedy::none);
  expect(meaning(400, "SerializationException"), Kind::refused, Remedy::none);
  expect(meaning(400, "AccessDeniedException"), Kind::access_denied, Remedy::none);
  expect(meaning(400, "ResourceNotFoundException"), Kind::not_found, Remedy::none);
  expect(meaning(400, "OptInRequired"), Kind::unavailable, Remedy::none);
}

TEST(ErrorCodes, OnlyTheSizeOfAnItemIsTooLarge) {
  for (const std::string message : {"Item size has exceeded the maximum allowed size",
                                    "Item size to update has exceeded the maximum allowed size"}) {
    expect(meaning(400, "ValidationException", message), Kind::item_too_large, Remedy::none);
  }
  expect(meaning(400, "ValidationException", "Expression size has exceeded the maximum"),
         Kind::refused, Remedy::none);
}

TEST(ErrorCodes, ARefusedKeyIsRecognisedByTheTextOfAnyCode) {
  const std::string text = "not authorized to perform: kms:Decrypt on resource: …";
  for (const std::string code : {"AccessDeniedException", "ValidationException", "KMSDisabled"}) {
    const Meaning found = meaning(400, code, text);
    expect(found, Kind::key_refused, Remedy::none);
    EXPECT_TRUE(found.advice.contains("kms:Decrypt"));
  }
  expect(meaning(400, "ThrottlingException", text), Kind::throttled, Remedy::slow_down);
}

TEST(ErrorCodes, AdviceIsGivenForWhatAnOperatorCanChange) {
  EXPECT_TRUE(meaning(400, "ResourceNotFoundException").advice.contains("--table"));
  EXPECT_TRUE(meaning(400, "AccessDeniedException", "no right").advice.contains("on the table"));
  EXPECT_TRUE(meaning(400, "AccessDenied", "", kCodeDeploy).advice.contains("codedeploy:Put"));
  EXPECT_TRUE(meaning(403, "AccessDenied", "", kSts).advice.contains("sts:GetWebIdentityToken"));
  EXPECT_TRUE(meaning(400, "ValidationException").advice.empty());
}

TEST(HttpDate, IsReadInItsOneForm) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            std::chrono::system_clock::time_point(784111777s));
  for (const std::string_view text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z",
                                      "Sun, 06 Nov 1994 08:49:37 GMT+1"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(ServerClock, GoesByTheServersDateWhereItIsFarOff) {
  const std::chrono::system_clock::time_point here(784111777s);
  ServerClock clock([here] { return here; });
  EXPECT_FALSE(clock.correct("Sun, 06 Nov 1994 08:51:37 GMT", 240s));
  EXPECT_EQ(clock.now(), here);
  EXPECT_TRUE(clock.correct("Sun, 06 Nov 1994 09:49:37 GMT", 240s));
  EXPECT_EQ(clock.now(), here + 1h);
  // It is right now: nothing is left to correct.
  EXPECT_FALSE(clock.correct("Sun, 06 Nov 1994 09:49:37 GMT", 240s));
  EXPECT_TRUE(clock.correct("Sun, 06 Nov 1994 08:49:37 GMT", 240s));
  EXPECT_EQ(clock.now(), here);
}

}  // namespace
}  // namespace picus::aws
