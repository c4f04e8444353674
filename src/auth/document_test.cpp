#include "auth/document.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace picus::auth {
namespace {

std::string fault_in(std::string_view text, std::size_t max_depth = 4) {
  const auto parsed = parse_document(text, max_depth);
  return parsed ? "no error" : parsed.error();
}

TEST(Document, IsOneJsonValue) {
  const auto parsed = parse_document(R"( {"a":[1,{"b":"\u00e9"}],"c":null,"d":true} )", 4);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(boost::json::serialize(*parsed), R"({"a":[1,{"b":"é"}],"c":null,"d":true})");
}

TEST(Document, NamesThePlaceOfAFault) {
  EXPECT_EQ(fault_in("{\n  \"a\": nil\n}"), "line 2, column 8: expected a value");
  EXPECT_EQ(fault_in(""), "line 1, column 1: expected a value");
  EXPECT_EQ(fault_in("{} {}"), "line 1, column 4: expected the end of the text");
  EXPECT_EQ(fault_in("{\"a\":1,}"), "line 1, column 8: expected a string");
}

TEST(Document, HasNoNameTwiceAtAnyLevelAndInAnySpelling) {
  EXPECT_EQ(fault_in(R"({"a":1,"b":2,"a":3})"),
            "line 1, column 20: a name occurs twice in the object that ends here");
  EXPECT_NE(fault_in(R"({"a":1,"\u0061":3})"), "no error");
  EXPECT_NE(fault_in(R"([{"x":{"a":1,"a":1}}])"), "no error");
  EXPECT_EQ(fault_in(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"), "no error");
}

TEST(Document, IsNoDeeperThanItsReaderAllows) {
  EXPECT_EQ(fault_in("[[[[1]]]]"), "no error");
  EXPECT_EQ(fault_in("[[[[[1]]]]]"), "line 1, column 5: nested too deeply");
  EXPECT_EQ(fault_in(R"({"a":{"a":{"a":{}}}})"), "no error");
  EXPECT_EQ(fault_in(R"({"a":{"a":{"a":{"a":{}}}}})"), "line 1, column 21: nested too deeply");
  EXPECT_NE(fault_in(std::string(10'000, '[')), "no error");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += R"({"a":)";
  EXPECT_NE(fault_in(objects), "no error");
}

TEST(Document, HasNoNumberThatNobodyCanHold) {
  EXPECT_EQ(fault_in("[1e99999999999999999999]"), "a number is out of range");
}

TEST(Document, IsUtf8AndHasNoLoneSurrogates) {
  EXPECT_NE(fault_in("\"\xff\""), "no error");
  EXPECT_NE(fault_in(R"("\ud800")"), "no error");
  EXPECT_NE(fault_in("\xEF\xBB\xBF{}"), "no error");
  EXPECT_NE(fault_in(std::string_view("{}\0", 3)), "no error");
}

}  // namespace
}  // namespace picus::auth
