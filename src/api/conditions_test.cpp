#include "api/conditions.h"

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

TEST(Conditions, ElementsOfAListOfTagsMayBeEmpty) {
  const std::string tag = quoted(kOne);
  for (const std::string& list : {", " + tag, ",,\t," + tag, tag + ",", " , " + tag + " , ,"}) {
    EXPECT_EQ(std::get<IfEtag>(*put_with({{"If-Match", list}})).tags, std::vector{kOne}) << list;
  }
}

/// Of a get with these headers, of an item with this tag.
Result<bool> unmodified(const std::vector<HeaderView>& headers, const std::optional<Etag>& etag) {
  return is_unmodified(request_with(headers), etag);
}

TEST(Conditions, AGetComparesWeakly) {
  const std::string weak = "\"x\", W/" + quoted(kOne);
  EXPECT_TRUE(*unmodified({{"If-None-Match", weak}}, kOne));
  EXPECT_FALSE(*unmodified({{"If-None-Match", weak}}, kTwo));
  EXPECT_TRUE(*unmodified({{"If-None-Match", "*"}}, kTwo));
  EXPECT_FALSE(*unmodified({}, kOne));
}

TEST(Conditions, IfMatchOfAGetComparesStronglyAndComesFirst) {
  const std::string tag = quoted(kOne);
  const std::string weak = "W/" + tag;
  EXPECT_FALSE(*unmodified({{"If-Match", tag}}, kOne));
  EXPECT_FALSE(*unmodified({{"If-Match", "*"}}, kTwo));
  EXPECT_TRUE(*unmodified({{"If-Match", tag}, {"If-None-Match", tag}}, kOne));
  for (const auto& headers : {std::vector<HeaderView>{{"If-Match", tag}, {"If-None-Match", "*"}},
                              std::vector<HeaderView>{{"If-Match", weak}}}) {
    const auto result = unmodified(headers, headers.size() == 2 ? kTwo : kOne);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::precondition_failed);
  }
}

TEST(Conditions, AnItemWithoutATagMatchesAStarOnly) {
  EXPECT_FALSE(*unmodified({{"If-Match", "*"}}, std::nullopt));
  EXPECT_FALSE(unmodified({{"If-Match", "\"a\""}}, std::nullopt));
  EXPECT_TRUE(*unmodified({{"If-None-Match", "*"}}, std::nullopt));
  EXPECT_FALSE(*unmodified({{"If-None-Match", "\"a\""}}, std::nullopt));
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
