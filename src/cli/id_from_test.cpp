#include "cli/id_from.h"

#include <gtest/gtest.h>

namespace picus::cli {
namespace {

std::string changed(std::string_view text, std::string_view member) {
  const auto result = with_id_from(text, member);
  return result ? *result : "! " + result.error();
}

TEST(IdFrom, AnotherMemberBecomesTheId) {
  EXPECT_EQ(changed(R"({"sku":"a","n":1})", "sku"), R"({"id":"a","sku":"a","n":1})");
  EXPECT_EQ(changed(R"( { "n":1, "sku" : 12.50 } )", "sku"),
            R"( {"id":"12.50", "n":1, "sku" : 12.50 } )");
  EXPECT_EQ(changed(R"({"sku":"a\"b\u00e9"})", "sku"), R"({"id":"a\"bé","sku":"a\"b\u00e9"})");
  EXPECT_EQ(changed(R"({"_id":{"$oid":"5f"},"n":1})", "_id"),
            R"({"id":"5f","_id":{"$oid":"5f"},"n":1})");
}

TEST(IdFrom, ANumericIdBecomesAString) {
  EXPECT_EQ(changed(R"({"n":1,"id": 7 ,"m":2})", "id"), R"({"n":1,"id": "7" ,"m":2})");
  EXPECT_EQ(changed(R"({"id":"7"})", "id"), R"({"id":"7"})");
}

TEST(IdFrom, AnItemThatHasTheIdAlreadyStaysAsItIs) {
  EXPECT_EQ(changed(R"({"id":"7","sku":7})", "sku"), R"({"id":"7","sku":7})");
}

TEST(IdFrom, WhatCannotBeTheIdIsAnError) {
  EXPECT_EQ(changed(R"({"n":1})", "sku"), R"(! The item has no member "sku".)");
  for (const char* value :
       {"null", "true", "[1]", "{}", R"({"$oid":1})", R"({"$oid":"a","b":1})"}) {
    EXPECT_EQ(changed("{\"sku\":" + std::string(value) + "}", "sku"),
              R"(! The member "sku" is neither a string nor a number: it cannot be the id.)");
  }
  EXPECT_EQ(changed(R"({"id":"a","sku":"b"})", "sku"),
            R"(! The item has both "id" and "sku", and they differ.)");
  EXPECT_EQ(changed(R"({"id":7,"sku":7.0})", "sku"),
            R"(! The item has both "id" and "sku", and they differ.)");
}

TEST(IdFrom, WhatIsNoObjectComesBackAsItIs) {
  for (const char* text : {"[1]", "{\"sku\":\"a\"", "{\"sku\":nope}", "", "1"}) {
    EXPECT_EQ(changed(text, "sku"), text);
  }
}

}  // namespace
}  // namespace picus::cli
