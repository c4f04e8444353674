#include "core/conditions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace picus {
namespace {

const Etag kOne = Etag::of("one");
const Etag kTwo = Etag::of("two");

std::string quoted(const Etag& etag) { return '"' + std::string(etag.text()) + '"'; }

Request request_with(const std::vector<HeaderView>& headers) {
  Request request;
  request.headers = headers;
  return request;
}

Result<PutCondition> put_with(const std::vector<HeaderView>& headers) {
  return put_condition(request_with(headers));
}

TEST(Conditions, APutWithoutAHeaderNeedsAFreeKey) {
  EXPECT_TRUE(std::holds_alternative<IfAbsent>(*put_with({})));
  EXPECT_TRUE(std::holds_alternative<IfAbsent>(*put_with({{"If-None-Match", "*"}})));
}

TEST(Conditions, IfMatchWithAStarNeedsAnItem) {
  EXPECT_TRUE(std::holds_alternative<IfPresent>(*put_with({{"if-match", " * "}})));
}

TEST(Conditions, IfMatchListsTagsAlsoOverSeveralLines) {
  const std::string first = quoted(kOne) + " , \"another maker's\"";
  const std::string second = quoted(kTwo);
  const auto condition = put_with({{"If-Match", first}, {"IF-MATCH", second}});
  EXPECT_EQ(std::get<IfEtag>(*condition).tags, (std::vector{kOne, kTwo}));
}

TEST(Conditions, AWeakTagNeverMatchesAPut) {
  const std::string weak = "W/" + quoted(kOne);
  EXPECT_TRUE(std::get<IfEtag>(*put_with({{"If-Match", weak}})).tags.empty());
}

TEST(Conditions, WhatIsNotAListOfTagsIsRefused) {
  for (const char* text : {"", "abc", "\"abc", "*, \"a\"", "\"a\" \"b\"", "w/\"a\"", ",,"}) {
    const auto condition = put_with({{"If-Match", text}});
    ASSERT_FALSE(condition) << text;
    EXPECT_EQ(condition.error().code(), ErrorCode::bad_request);
  }
}

TEST(Conditions, APutRefusesContradictions) {
  EXPECT_FALSE(put_with({{"If-Match", "*"}, {"If-None-Match", "*"}}));
  EXPECT_FALSE(put_with({{"If-None-Match", "\"a\""}}));
  EXPECT_FALSE(put_with({{"If-Match", "*"}, {"If-Match", "\"a\""}}));
}

TEST(Conditions, ADeleteTakesIfMatchOnly) {
  EXPECT_TRUE(std::holds_alternative<IfPresent>(*remove_condition(request_with({}))));
  EXPECT_FALSE(remove_condition(request_with({{"If-None-Match", "*"}})));
}

TEST(Conditions, AGetComparesWeakly) {
  const std::string weak = "\"x\", W/" + quoted(kOne);
  EXPECT_TRUE(*is_unmodified(request_with({{"If-None-Match", weak}}), kOne));
  EXPECT_FALSE(*is_unmodified(request_with({{"If-None-Match", weak}}), kTwo));
  EXPECT_TRUE(*is_unmodified(request_with({{"If-None-Match", "*"}}), kTwo));
  EXPECT_FALSE(*is_unmodified(request_with({}), kOne));
}

TEST(Conditions, AnIdempotencyKeyHasOneTo255VisibleCharacters) {
  const std::string longest(255, 'k');
  const std::string longer(256, 'k');
  EXPECT_EQ(*idempotency(request_with({}), ""), std::nullopt);
  EXPECT_TRUE((*idempotency(request_with({{"Idempotency-Key", longest}}), "")).has_value());
  for (const std::string& bad : {std::string(), longer, std::string("a b"), std::string("é")}) {
    EXPECT_FALSE(idempotency(request_with({{"Idempotency-Key", bad}}), "")) << bad;
  }
  EXPECT_FALSE(idempotency(request_with({{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}), ""));
}

}  // namespace
}  // namespace picus
