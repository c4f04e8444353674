#include "store/dynamodb/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace picus {
namespace {

constexpr std::string_view kEtag = "0123456789012345678901";

std::string meta(std::string_view members) {
  return R"("picus:meta":{"M":{)" + std::string(members) + "}}";
}

TEST(DynamoDbAnswer, AnItemComesWithItsTag) {
  const std::string answer = R"({"Item":{"n":{"N":"1"},)" +
                             meta(R"("etag":{"S":")" + std::string(kEtag) + "\"}") +
                             R"(,"id":{"S":"k"}},"ConsumedCapacity":{"TableName":"t"}})";
  const auto item = read_get_item(answer, "id");
  ASSERT_TRUE(item);
  ASSERT_TRUE(*item);
  EXPECT_EQ((*item)->json, R"({"id":"k","n":1})");
  ASSERT_TRUE((*item)->etag);
  EXPECT_EQ((*item)->etag->text(), kEtag);
}

TEST(DynamoDbAnswer, AMetaOfAnotherMakingIsNone) {
  for (const std::string& attribute :
       {std::string(R"("picus:meta":{"S":"x"})"), meta(""), meta(R"("etag":{"N":"1"})"),
        meta(R"("etag":{"S":"short"})"), meta(R"("etag":{"L":[{"S":"x"}]})")}) {
    const auto item = read_get_item(R"({"Item":{"id":{"S":"k"},)" + attribute + "}}", "id");
    ASSERT_TRUE(item) << attribute;
    EXPECT_EQ((*item)->json, R"({"id":"k"})");
    EXPECT_FALSE((*item)->etag) << attribute;
  }
}

TEST(DynamoDbAnswer, NoItemIsNothing) {
  EXPECT_FALSE(read_get_item("{}", "id").value());
  EXPECT_FALSE(read_met_item("{}", "Attributes").value());
  EXPECT_FALSE(read_met_item(R"({"__type":"x","message":"y"})", "Item").value());
}

TEST(DynamoDbAnswer, AMetItemTellsWhoWroteIt) {
  const std::string document =
      R"({"Item":{"a":{"M":{"picus:meta":{"S":"no"}}},)" +
      meta(R"("write":{"S":"w"},"idem":{"S":"i"},"created":{"BOOL":true},"updated":{"N":"1"},)"
           R"("later":{"L":[]},"etag":{"S":")" +
           std::string(kEtag) + "\"}") +
      R"(},"__type":"ConditionalCheckFailedException"})";
  const auto met = read_met_item(document, "Item");
  ASSERT_TRUE(met);
  ASSERT_TRUE(*met);
  EXPECT_EQ((*met)->write, "w");
  EXPECT_EQ((*met)->idempotency, "i");
  EXPECT_TRUE((*met)->created);
  EXPECT_EQ((*met)->etag->text(), kEtag);
}

Page scanned(std::string_view answer, std::size_t max_items, std::size_t max_bytes) {
  Page page;
  auto next = append_scan(
      page, answer, {.max_items = max_items, .max_bytes = max_bytes, .separator = '\n'}, "id");
  EXPECT_TRUE(next);
  page.next = *next;
  return page;
}

bool readable_scan(std::string_view answer) {
  Page page;
  return append_scan(page, answer, {.max_items = 9, .max_bytes = 9, .separator = ','}, "id")
      .has_value();
}

TEST(DynamoDbAnswer, APageEndsWhereItIsFullAndGoesOnBehindItsLastItem) {
  const std::string_view answer =
      R"({"LastEvaluatedKey":{"id":{"S":"c"}},"Count":3,"ScannedCount":3,)"
      R"("Items":[{"id":{"S":"a"}},{"id":{"S":"b\n"}},{"id":{"S":"c"}}]})";
  EXPECT_EQ(scanned(answer, 10, 1000).next, "c");
  EXPECT_EQ(scanned(answer, 3, 1000).next, "c");
  EXPECT_EQ(scanned(answer, 2, 1000).next, "b\n");
  EXPECT_EQ(scanned(answer, 10, 0).next, "a");
  EXPECT_EQ(scanned(answer, 10, 0).text, "{\"id\":\"a\"}\n");
  EXPECT_EQ(scanned(answer, 10, 1000).count, 3U);
}

TEST(DynamoDbAnswer, ThereIsNoNextWithoutALastKey) {
  EXPECT_FALSE(scanned(R"({"Items":[],"Count":0})", 10, 1000).next);
  EXPECT_FALSE(scanned(R"({"Items":[{"id":{"S":"a"}}]})", 1, 1000).next);
  EXPECT_FALSE(scanned(R"({"Items":[],"LastEvaluatedKey":null})", 10, 1000).next);
  EXPECT_EQ(scanned(R"({"Items":[],"LastEvaluatedKey":{"id":{"S":"a"}}})", 10, 1000).next, "a");
}

TEST(DynamoDbAnswer, WhatCannotBeReadIsAnError) {
  for (const char* text : {"", "[]", "{", "{}x", "<html>"}) {
    EXPECT_FALSE(read_get_item(text, "id")) << text;
    EXPECT_FALSE(read_met_item(text, "Item")) << text;
    EXPECT_FALSE(readable_scan(text)) << text;
  }
  EXPECT_FALSE(readable_scan(R"({"Items":{}})"));
  EXPECT_TRUE(readable_scan(R"({"LastEvaluatedKey":{}})"));  // some services end a table with it
}

TEST(DynamoDbAnswer, AnItemThatCannotBeReadIsDamagedAndCanBeLeftOut) {
  // As types that DynamoDB may get one day would look.
  const std::string odd = R"({"id":{"S":"b"},"v":{"VECTOR":[1,2]}})";
  const std::string answer = R"({"Items":[{"id":{"S":"a"}},)" + odd + R"(,{"id":{"S":"c"}}]})";
  Page page;
  PageLimits limits{.max_items = 9, .max_bytes = 999, .separator = '\n'};
  EXPECT_EQ(append_scan(page, answer, limits, "id").error().code(), ErrorCode::store_damaged);
  EXPECT_EQ(read_get_item(R"({"Item":)" + odd + "}", "id").error().code(),
            ErrorCode::store_damaged);
  limits.skip_damaged = true;
  page = Page();
  ASSERT_TRUE(append_scan(page, answer, limits, "id"));
  EXPECT_EQ(page.text, "{\"id\":\"a\"}\n{\"id\":\"c\"}\n");
  EXPECT_EQ(page.damaged.size(), 1U);
  const std::string cut = answer.substr(0, answer.size() - 20);
  EXPECT_EQ(append_scan(page, cut, limits, "id").error().code(), ErrorCode::store_unavailable);
}

TEST(DynamoDbAnswer, AnItemWithoutAReadableKeyIsAnError) {
  for (const std::string item :
       {"1", "[]", "{}", R"({"id":1})", R"({"id":{}})", R"({"id":{})", R"({"id":{"N":"1"}})",
        R"({"id":{"S":1}})", R"({"id":{"S":"a","S":"b"}})", R"({"name":{"S":"a"}})"}) {
    EXPECT_FALSE(read_get_item(R"({"Item":)" + item + "}", "id")) << item;
    EXPECT_FALSE(readable_scan(R"({"Items":[)" + item + "]}")) << item;
    if (item == "{}") continue;
    EXPECT_FALSE(readable_scan(R"({"LastEvaluatedKey":)" + item + "}")) << item;
  }
}

}  // namespace
}  // namespace picus
