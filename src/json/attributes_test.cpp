#include "json/attributes.h"

#include <gtest/gtest.h>

#include <string>

namespace picus::json {
namespace {

std::string attributes(std::string_view item, std::string_view key_attribute = "id") {
  std::string out;
  const auto done = append_attributes(out, item, key_attribute);
  if (done) return out;
  return done.error() == AttributeFault::malformed ? "malformed" : "key attribute";
}

/// The item's text, or why there is none.
std::string plain(std::string_view map, std::string_view key_attribute = "id") {
  Reader in(map);
  std::string out = "before ";
  const auto found = append_item(out, in, {.key = key_attribute, .meta = "picus:meta"});
  if (!found) return in.error();
  EXPECT_FALSE(in.failed());
  EXPECT_TRUE(in.end());
  return out.substr(std::string_view("before ").size());
}

TEST(Attributes, EveryTypeBecomesItsAttribute) {
  EXPECT_EQ(attributes(R"({"id":"k"})"), R"("id":{"S":"k"})");
  EXPECT_EQ(attributes(R"({"id":"k","s":"","n":-1.50,"t":true,"f":false,"z":null})"),
            R"("id":{"S":"k"},"s":{"S":""},"n":{"N":"-1.50"},"t":{"BOOL":true},)"
            R"("f":{"BOOL":false},"z":{"NULL":true})");
  EXPECT_EQ(attributes(R"({"id":"k","l":[1,[],"a"],"m":{"x":{},"y":[{"z":2}]}})"),
            R"("id":{"S":"k"},"l":{"L":[{"N":"1"},{"L":[]},{"S":"a"}]},)"
            R"("m":{"M":{"x":{"M":{}},"y":{"L":[{"M":{"z":{"N":"2"}}}]}}})");
  EXPECT_EQ(attributes(R"({"id":"k\"\n","\"":"\\\u0000"})"),
            R"("id":{"S":"k\"\n"},"\"":{"S":"\\\u0000"})");
}

TEST(Attributes, NumbersOfUnusualSpellingGoOutScientific) {
  EXPECT_EQ(attributes(R"({"id":"k","n":[1e5,0e999,-2.5E-3]})"),
            R"("id":{"S":"k"},"n":{"L":[{"N":"1E5"},{"N":"0"},{"N":"-2.5E-3"}]})");
  const std::string digits = "12345678901234567890123456789012345678";
  EXPECT_EQ(attributes(R"({"id":"k","n":)" + digits + "}"),
            R"("id":{"S":"k"},"n":{"N":")" + digits + "\"}");
  EXPECT_EQ(attributes(R"({"id":"k","n":-)" + digits + "000}"),
            R"("id":{"S":"k"},"n":{"N":"-1.)" + digits.substr(1) + "E40\"}");
}

TEST(Attributes, TheIdGoesToTheKeyAttribute) {
  EXPECT_EQ(attributes(R"({"id":"k","n":1})", "pk"), R"("pk":{"S":"k"},"n":{"N":"1"})");
  EXPECT_EQ(attributes(R"({"id":"k","o":{"pk":1}})", "pk"),
            R"("pk":{"S":"k"},"o":{"M":{"pk":{"N":"1"}}})");
  EXPECT_EQ(attributes(R"({"id":"k"})", "a\"b"), R"("a\"b":{"S":"k"})");
}

TEST(Attributes, AMemberMayNotTakeTheKeysPlace) {
  EXPECT_EQ(attributes(R"({"id":"k","pk":1})", "pk"), "key attribute");
  EXPECT_EQ(attributes(R"({"id":"k","a\"b":1})", "a\"b"), "key attribute");
}

TEST(Attributes, WhatIsNoNormalisedItemIsRefused) {
  for (const char* text : {"", "{}", "[]", R"({"n":1})", R"({"n":1,"id":"k"})", R"({"id":1})",
                           R"({"id":"k")", R"({"id":"k"} x)", R"({"id":"k","n":x})",
                           R"({"id":"k","n":1,})", R"({"id":"k","id":"k"})"}) {
    EXPECT_EQ(attributes(text), "malformed") << text;
  }
}

TEST(Attributes, EveryTypeBecomesPlain) {
  EXPECT_EQ(plain(R"({"id":{"S":"k"}})"), R"({"id":"k"})");
  EXPECT_EQ(plain(R"({"id":{"S":"k"},"s":{"S":"x"},"n":{"N":"-1.5"},"t":{"BOOL":true},)"
                  R"("f":{"BOOL":false},"z":{"NULL":true},"b":{"B":"AAE="}})"),
            R"({"id":"k","s":"x","n":-1.5,"t":true,"f":false,"z":null,"b":"AAE="})");
  EXPECT_EQ(plain(R"({"id":{"S":"k"},"l":{"L":[{"N":"1"},{"L":[]}]},"m":{"M":{"x":{"M":{}}}}})"),
            R"({"id":"k","l":[1,[]],"m":{"x":{}}})");
  EXPECT_EQ(plain(R"({"id":{"S":"k"},"ss":{"SS":["a","b"]},"ns":{"NS":["1","-2"]},)"
                  R"("bs":{"BS":["AA==","AQ=="]}})"),
            R"({"id":"k","ss":["a","b"],"ns":[1,-2],"bs":["AA==","AQ=="]})");
}

TEST(Attributes, TheKeyComesFirstWhereverItStood) {
  EXPECT_EQ(plain(R"({"a":{"N":"1"},"id":{"S":"k\/\u0041"},"b":{"N":"2"}})"),
            R"({"id":"k/A","a":1,"b":2})");
  EXPECT_EQ(plain(R"({"a":{"N":"1"},"pk":{"S":"k"}})", "pk"), R"({"id":"k","a":1})");
}

TEST(Attributes, AnAttributeCalledIdGivesWayToTheKey) {
  EXPECT_EQ(plain(R"({"id":{"N":"7"},"pk":{"S":"k"},"n":{"N":"1"}})", "pk"), R"({"id":"k","n":1})");
}

TEST(Attributes, WhiteSpaceAndEscapesMakeNoDifference) {
  EXPECT_EQ(plain(" { \"\\u0069d\" : { \"S\" : \"k\" } ,\n\"n\\/\"\t: {\"N\": \"\\u0031\\u0030\"}, "
                  "\"s\":{\"S\":\"\\u00e9\\ud83d\\ude00\\u000a\"} } "),
            "{\"id\":\"k\",\"n/\":10,\"s\":\"\u00e9\U0001F600\\n\"}");
}

TEST(Attributes, MetaIsSetAside) {
  const std::string meta = R"({"M":{"etag":{"S":"x"}}})";
  const std::string map = R"({"n":{"N":"1"},"picus:meta": )" + meta + R"(,"id":{"S":"k"}})";
  Reader in(map);
  std::string out;
  const auto found = append_item(out, in, {.key = "id", .meta = "picus:meta"});
  ASSERT_TRUE(found);
  EXPECT_EQ(out, R"({"id":"k","n":1})");
  EXPECT_EQ(found->key.text, "k");
  EXPECT_EQ(found->meta.substr(found->meta.find('{')), meta);
}

TEST(Attributes, AMalformedMapIsAnError) {
  for (const char* map : {"",
                          "[]",
                          "{",
                          "{}",
                          "null",
                          R"({"n":{"N":"1"}})",
                          R"({"id":{"N":"1"}})",
                          R"({"id":{"S":"k","S":"k"}})",
                          R"({"id":{}})",
                          R"({"id":"k"})",
                          R"({"id":{"S":"k"},"id":{"S":"k"}})",
                          R"({"id":{"S":"k"},"n":{}})",
                          R"({"id":{"S":"k"},"n":{"N":1}})",
                          R"({"id":{"S":"k"},"n":{"N":"x"}})",
                          R"({"id":{"S":"k"},"n":{"N":"1,\"a\":2"}})",
                          R"({"id":{"S":"k"},"n":{"N":""}})",
                          R"({"id":{"S":"k"},"n":{"N":"01"}})",
                          R"({"id":{"S":"k"},"n":{"S":"a","N":"1"}})",
                          R"({"id":{"S":"k"},"n":{"X":"1"}})",
                          R"({"id":{"S":"k"},"n":{"NULL":false}})",
                          R"({"id":{"S":"k"},"n":{"BOOL":"true"}})",
                          R"({"id":{"S":"k"},"n":{"L":{}}})",
                          R"({"id":{"S":"k"},"n":{"M":[]}})",
                          R"({"id":{"S":"k"},"n":{"SS":[1]}})",
                          R"({"id":{"S":"k"},"n":{"NS":["a"]}})",
                          R"({"id":{"S":"k"},"n":{"L":["a"]}})",
                          R"({"id":{"S":"k"},"n":null})",
                          R"({"id":{"S":"k"},"n":{"S":"\ud800"}})",
                          R"({"id":{"S":"k"})",
                          R"({"id":{"S":"k"},})",
                          R"({"id":{"S":"k"},"picus:meta":})"}) {
    EXPECT_TRUE(plain(map).starts_with("at byte ")) << map << " gave " << plain(map);
  }
}

TEST(Attributes, TheDeepestItemOfDynamoDbIsReadAndADeeperOneIsAnError) {
  const auto nested = [](int depth) {
    std::string value = R"({"N":"1"})";
    for (int i = 0; i < depth; ++i) value = R"({"L":[)" + value + "]}";
    return R"({"id":{"S":"k"},"n":)" + value + "}";
  };
  EXPECT_TRUE(plain(nested(32)).starts_with(R"({"id":"k","n":[[)"));
  EXPECT_TRUE(plain(nested(100)).starts_with("at byte "));
}

}  // namespace
}  // namespace picus::json
