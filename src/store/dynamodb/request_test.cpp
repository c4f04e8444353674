#include "store/dynamodb/request.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

namespace picus {
namespace {

namespace json = boost::json;

json::object parsed(const std::string& text) { return json::parse(text).as_object(); }

NewItem small_item() {
  return make_item(Key::parse("k", ErrorCode::invalid_id).value(), R"("n":1)", 1).value();
}

json::object put(const Pin& pin, std::string idempotency = {}) {
  const DynamoDbRequests requests("t", "id");
  const ItemMeta meta{.etag = small_item().etag,
                      .created = true,
                      .write = "w",
                      .idempotency = std::move(idempotency)};
  return parsed(requests.put_item(small_item(), pin, meta, 1234).value());
}

const Pin kFree{.kind = Pin::Kind::free};

TEST(DynamoDbRequest, AReadIsConsistentUnlessItMayBeStale) {
  const DynamoDbRequests requests("t", "id");
  EXPECT_EQ(parsed(requests.get_item("k\"", false)),
            parsed(R"({"TableName":"t","Key":{"id":{"S":"k\""}},"ConsistentRead":true})"));
  EXPECT_EQ(parsed(requests.get_item("k", true)),
            parsed(R"({"TableName":"t","Key":{"id":{"S":"k"}}})"));
}

TEST(DynamoDbRequest, NamesAreEscaped) {
  const DynamoDbRequests requests("t\"", "i\"d");
  const json::object body = parsed(requests.get_item("k", false));
  EXPECT_EQ(body.at("TableName"), "t\"");
  EXPECT_TRUE(body.at("Key").as_object().contains("i\"d"));
}

TEST(DynamoDbRequest, APutCarriesItsMeta) {
  const json::object body = put(kFree, "i");
  EXPECT_EQ(body.at("Item").at("n"), json::parse(R"({"N":"1"})"));
  EXPECT_EQ(body.at("Item").at("picus:meta"),
            json::parse(R"({"M":{"etag":{"S":")" + std::string(small_item().etag.text()) +
                        R"("},"updated":{"N":"1234"},"created":{"BOOL":true},)"
                        R"("write":{"S":"w"},"idem":{"S":"i"}}})"));
  EXPECT_FALSE(put(kFree).at("Item").at("picus:meta").at("M").as_object().contains("idem"));
}

TEST(DynamoDbRequest, AConditionNamesWhatItUsesAndNothingElse) {
  const json::object absent = put(kFree, "i");
  EXPECT_EQ(absent.at("ConditionExpression"), "attribute_not_exists(#key)");
  EXPECT_EQ(absent.at("ExpressionAttributeNames"), json::parse(R"({"#key":"id"})"));
  EXPECT_FALSE(absent.contains("ExpressionAttributeValues"));

  const json::object named = put({.kind = Pin::Kind::write, .write = "a\"b"});
  EXPECT_EQ(named.at("ConditionExpression"), "#meta.#write = :write");
  EXPECT_EQ(named.at("ExpressionAttributeNames"),
            json::parse(R"({"#meta":"picus:meta","#write":"write"})"));
  EXPECT_EQ(named.at("ExpressionAttributeValues"), json::parse(R"({":write":{"S":"a\"b"}})"));

  const json::object nameless = put({.kind = Pin::Kind::nameless});
  EXPECT_EQ(nameless.at("ConditionExpression"),
            "attribute_exists(#key) AND NOT #meta.#write > :empty");
  EXPECT_EQ(nameless.at("ExpressionAttributeNames"),
            json::parse(R"({"#key":"id","#meta":"picus:meta","#write":"write"})"));
}

TEST(DynamoDbRequest, APinIsWhatWasFound) {
  EXPECT_EQ(Pin::on(std::nullopt).kind, Pin::Kind::free);
  EXPECT_EQ(Pin::on(ItemMeta{.etag = {}, .write = {}, .idempotency = {}}).kind,
            Pin::Kind::nameless);
  const Pin named = Pin::on(ItemMeta{.etag = {}, .write = "w", .idempotency = {}});
  EXPECT_EQ(named.kind, Pin::Kind::write);
  EXPECT_EQ(named.write, "w");
}

TEST(DynamoDbRequest, AMetaIsReadWithItsKey) {
  const DynamoDbRequests requests("t", "i\"d");
  EXPECT_EQ(parsed(requests.get_meta("k")),
            parsed(R"({"TableName":"t","Key":{"i\"d":{"S":"k"}},"ConsistentRead":true,)"
                   R"("ProjectionExpression":"#key,#meta",)"
                   R"("ExpressionAttributeNames":{"#key":"i\"d","#meta":"picus:meta"}})"));
}

TEST(DynamoDbRequest, AScanSaysWhereItBeginsAndWhichSegmentItIs) {
  const DynamoDbRequests requests("t", "id");
  EXPECT_EQ(parsed(requests.scan({.after = {}, .max_items = 0, .eventual = true})),
            parsed(R"({"TableName":"t","Limit":1})"));
  EXPECT_EQ(parsed(requests.scan({.after = "k", .max_items = 7, .segment = 2, .segments = 4})),
            parsed(R"({"TableName":"t","Limit":7,"ConsistentRead":true,"Segment":2,)"
                   R"("TotalSegments":4,"ExclusiveStartKey":{"id":{"S":"k"}}})"));
}

}  // namespace
}  // namespace picus
