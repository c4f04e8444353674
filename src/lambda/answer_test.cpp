#include "lambda/answer.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <string>

namespace picus::lambda {
namespace {

constexpr std::array<Source, 6> kSources = {Source::alb,        Source::alb_multi_value,
                                            Source::rest_api,   Source::http_api_1,
                                            Source::http_api_2, Source::function_url};

Response response_of(unsigned status) {
  Response response;
  response.status = status;
  response.set("Content-Type", "application/json");
  return response;
}

boost::json::object answer(Source source, const Response& response, std::string_view body) {
  const auto text = encode_answer(source, response, body);
  if (!text) {
    ADD_FAILURE() << "too long";
    return {};
  }
  EXPECT_LE(text->size(), max_answer_bytes(source));
  return boost::json::parse(*text).as_object();
}

TEST(Answer, StatusAndBodyAreThereForEverySource) {
  for (const auto source : kSources) {
    const auto told = answer(source, response_of(200), R"({"id":"\\ é"})");
    EXPECT_EQ(told.at("statusCode"), 200);
    EXPECT_EQ(told.at("body"), R"({"id":"\\ é"})");
    EXPECT_EQ(told.at("isBase64Encoded"), false);
  }
}

TEST(Answer, ALoadBalancerGetsTheStatusInWords) {
  EXPECT_EQ(answer(Source::alb, response_of(201), "").at("statusDescription"), "201 Created");
  Response problem = response_of(404);
  problem.error = Error(ErrorCode::not_found, "x");
  EXPECT_EQ(answer(Source::alb_multi_value, problem, "").at("statusDescription"), "404 Not Found");
  EXPECT_FALSE(answer(Source::function_url, problem, "").contains("statusDescription"));
}

TEST(Answer, HeadersComeInTheFormThatTheSourceReadsAndInNoOther) {
  for (const auto source : kSources) {
    const bool lists = source == Source::alb_multi_value || source == Source::rest_api ||
                       source == Source::http_api_1;
    const auto told = answer(source, response_of(200), "");
    EXPECT_EQ(told.contains("multiValueHeaders"), lists);
    EXPECT_EQ(told.contains("headers"), !lists);
    const auto& headers = told.at(lists ? "multiValueHeaders" : "headers").as_object();
    const auto& type = headers.at("Content-Type");
    EXPECT_EQ(lists ? type.as_array().at(0) : type, "application/json");
  }
}

TEST(Answer, WhatIsNoTextGoesAsBase64WhereThatIsTaken) {
  EXPECT_EQ(answer(Source::alb, response_of(200), "\xff").at("isBase64Encoded"), true);
  EXPECT_EQ(answer(Source::alb, response_of(200), "\xff").at("body"), "/w==");
  EXPECT_EQ(answer(Source::rest_api, response_of(200), "\xff").at("isBase64Encoded"), true);
}

TEST(Answer, TextThatWouldBeTooLongWithItsEscapesGoesAsBase64) {
  const std::string quotes(600'000, '"');
  EXPECT_EQ(answer(Source::alb, response_of(200), quotes).at("isBase64Encoded"), true);
  const std::string many(4'000'000, '"');
  EXPECT_EQ(answer(Source::http_api_2, response_of(200), many).at("isBase64Encoded"), true);
  EXPECT_EQ(encode_answer(Source::rest_api, response_of(200), many), std::nullopt);
}

TEST(Answer, WhatFitsInNoWayIsNotSent) {
  EXPECT_EQ(encode_answer(Source::alb, response_of(200), std::string(1'000'000, 'x')),
            std::nullopt);
  EXPECT_NE(encode_answer(Source::alb, response_of(200), std::string(990'000, 'x')), std::nullopt);
  EXPECT_EQ(encode_answer(Source::function_url, response_of(200), std::string(6'291'456, 'x')),
            std::nullopt);
  EXPECT_EQ(encode_answer(Source::alb, response_of(200), std::string(999'000, '\xff')),
            std::nullopt);
}

TEST(Answer, AListWithinItsLimitFitsWhateverIsInIt) {
  for (const auto source : kSources) {
    for (const char letter : {'x', '"', '\\', '\n'}) {
      const std::string list(max_list_bytes(source), letter);
      EXPECT_NE(encode_answer(source, response_of(200), list), std::nullopt) << letter;
    }
  }
}

}  // namespace
}  // namespace picus::lambda
