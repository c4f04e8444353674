#include "api/target.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace picus {
namespace {

TEST(Target, NeedlessEscapesGoAndAllOthersStay) {
  EXPECT_EQ(without_needless_escapes("/picus/%67et/%7e%2D%5F%2e%41%7A%30"), "/picus/get/~-_.Az0");
  for (const char* text : {"a%2Fb", "%2561", "%25%", "%", "%4", "%zz", "%2b+", "%E6%9d%B1"}) {
    EXPECT_EQ(without_needless_escapes(text), text);
  }
  EXPECT_EQ(without_needless_escapes("%%61"), "%a");
}

TEST(Target, SplitsAtTheFirstQuestionMark) {
  const Target target = Target::split("/p?a=1?b");
  EXPECT_EQ(target.path, "/p");
  EXPECT_EQ(target.query, "a=1?b");
  EXPECT_EQ(Target::split("/p").query, "");
}

TEST(Target, FindsAParameterAmongOthers) {
  const Target target = Target::split("/p?xlimit=1&limit=%31%30&cursor");
  EXPECT_EQ(target.parameter("limit").value(), "10");
  EXPECT_EQ(target.parameter("cursor").value(), "");
  EXPECT_EQ(target.parameter("other").value(), std::nullopt);
}

TEST(Target, APlusInAQueryIsASpaceAndInAPathAPlus) {
  EXPECT_EQ(Target::split("/p?key=a+b").parameter("key").value(), "a b");
  EXPECT_EQ(Target::split("/p?key=a%20b").parameter("key").value(), "a b");
  EXPECT_EQ(Target::split("/p?key=a%2Bb").parameter("key").value(), "a+b");
}

TEST(Target, NamesOfParametersAreDecodedToo) {
  EXPECT_EQ(Target::split("/p?%6Bey=a").parameter("key").value(), "a");
  EXPECT_EQ(Target::split("/p?a+b=c").parameter("a b").value(), "c");
}

TEST(Target, RefusesAParameterThatComesTwiceOrIsBroken) {
  EXPECT_EQ(Target::split("/p?a=1&a=1").parameter("a").error().code(),
            ErrorCode::invalid_parameter);
  EXPECT_EQ(Target::split("/p?a=%").parameter("a").error().code(), ErrorCode::invalid_parameter);
}

TEST(Target, AnUnknownParameterIsRefusedByNameAndThoseThatExistAreNamed) {
  constexpr std::array<std::string_view, 3> kKnown = {"limit", "cursor", "consistency"};
  EXPECT_TRUE(Target::split("/p").expect_only(kKnown));
  EXPECT_TRUE(Target::split("/p?").expect_only({}));
  EXPECT_TRUE(Target::split("/p?&&limit=1&").expect_only(kKnown));
  EXPECT_TRUE(Target::split("/p?cursor=a&limi%74=1").expect_only(kKnown));
  const auto refused = Target::split("/p?limit=1&prefix=a").expect_only(kKnown);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_parameter);
  EXPECT_EQ(refused.error().message(),
            "This request has no parameter prefix; its parameters: limit, cursor and consistency.");
  EXPECT_EQ(Target::split("/p?a%22=").expect_only({}).error().message(),
            "This request has no parameter a%22; its parameters: none.");
  EXPECT_EQ(Target::split("/p?" + std::string(41, 'a')).expect_only({}).error().message(),
            "This request has no parameter of this name; its parameters: none.");
  for (const char* nameless : {"/p?=1", "/p?limit=1&="}) {
    EXPECT_EQ(Target::split(nameless).expect_only(std::span(kKnown).first(1)).error().message(),
              "This request has no parameter without a name; its parameters: limit.");
  }
}

TEST(Target, AKnownParameterThatOccursTwiceOrIsMalformedIsRefusedEvenIfNobodyReadsIt) {
  constexpr std::array<std::string_view, 2> kKnown = {"limit", "cursor"};
  for (const char* query : {"/p?limit=1&limit=1", "/p?limit=%", "/p?%=1", "/p?&&x"}) {
    EXPECT_FALSE(Target::split(query).expect_only(kKnown)) << query;
  }
}

}  // namespace
}  // namespace picus
