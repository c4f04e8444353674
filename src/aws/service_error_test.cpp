#include "aws/service_error.h"

#include <gtest/gtest.h>

#include "aws/server_clock.h"

namespace picus::aws {
namespace {

using namespace std::chrono_literals;

TEST(ServiceError, TheCodeStandsBetweenHashAndColon) {
  for (const std::string_view type :
       {"SomeException", "com.amazonaws.dynamodb.v20120810#SomeException",
        "com.amazon.coral.service#SomeException:http://internal.amazon.com/"}) {
    const std::string body = R"({"__type":")" + std::string(type) + R"(","message":"why"})";
    EXPECT_EQ(parse_service_error(400, body).code, "SomeException");
    EXPECT_EQ(parse_service_error(400, body).message, "why");
  }
}

TEST(ServiceError, TheMessageMayBeCapitalised) {
  EXPECT_EQ(parse_service_error(400, R"({"__type":"a","Message":"why"})").message, "why");
}

TEST(ServiceError, WithoutADocumentTheStatusIsTheCode) {
  for (const std::string_view body :
       {"", "<html>", "[]", "{}", R"({"__type":5})", R"({"__type")"}) {
    EXPECT_EQ(parse_service_error(503, body).code, "503") << body;
  }
}

Verdict verdict(unsigned status, std::string code, std::string message = {}) {
  return judge(status, {.code = std::move(code), .message = std::move(message)});
}

TEST(Judge, ThrottlingIsToldApartFromFailure) {
  EXPECT_EQ(verdict(400, "ProvisionedThroughputExceededException"), Verdict::throttled);
  EXPECT_EQ(verdict(400, "ThrottlingException"), Verdict::throttled);
  EXPECT_EQ(verdict(503, "ThrottlingException"), Verdict::throttled);
  EXPECT_EQ(verdict(429, "429"), Verdict::throttled);
  EXPECT_EQ(verdict(500, "InternalServerError"), Verdict::server_fault);
  EXPECT_EQ(verdict(503, "503"), Verdict::server_fault);
}

TEST(Judge, MistakesOfOursAreNotTheOperators) {
  EXPECT_EQ(verdict(400, "ValidationException", "One or more parameter values were invalid"),
            Verdict::refused);
  EXPECT_EQ(verdict(400, "SerializationException"), Verdict::refused);
  EXPECT_EQ(verdict(400, "AccessDeniedException"), Verdict::unavailable);
  EXPECT_EQ(verdict(400, "ResourceNotFoundException"), Verdict::unavailable);
}

TEST(Judge, OnlyTheSizeOfAnItemIsTooLarge) {
  EXPECT_EQ(verdict(400, "ValidationException", "Item size has exceeded the maximum allowed size"),
            Verdict::item_too_large);
  EXPECT_EQ(verdict(400, "ValidationException",
                    "Item size to update has exceeded the maximum allowed size"),
            Verdict::item_too_large);
  EXPECT_EQ(verdict(400, "ValidationException", "Expression size has exceeded the maximum"),
            Verdict::refused);
}

TEST(Advice, IsGivenForWhatAnOperatorCanChange) {
  EXPECT_TRUE(advice_on("ResourceNotFoundException", "").contains("--table"));
  EXPECT_TRUE(advice_on("AccessDeniedException", "no right").contains("the role this action"));
  EXPECT_TRUE(advice_on("ValidationException", "").empty());
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
