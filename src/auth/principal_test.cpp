#include "auth/principal.h"

#include <gtest/gtest.h>

namespace picus::auth {
namespace {

TEST(Principal, IsNamedApartFromEveryOther) {
  const auto a = Principal::of_issuer("https://a.example.com", "bc", {});
  const auto b = Principal::of_issuer("https://a.example.comb", "c", {});
  const auto c = Principal::of_api_token("bc", {});
  const auto d = Principal::of_api_token("issuer:1:a", {});
  EXPECT_NE(a.name(), b.name());
  EXPECT_NE(a.name(), c.name());
  EXPECT_NE(d.name(), Principal::of_issuer("a", "", {}).name());
}

TEST(Principal, HasALabelForTheLog) {
  EXPECT_EQ(Principal::of_api_token("tester1", {}).label(), "tester1");
  EXPECT_EQ(Principal::of_issuer("https://a.example.com", "me", {}).label(),
            "https://a.example.com me");
}

TEST(Principal, HasALabelThatCannotForgeALine) {
  EXPECT_EQ(Principal::of_issuer("i", "a\nb\xC3\xA9%0A", {}).label(), "i a%0Ab%C3%A9%250A");
  EXPECT_EQ(Principal::of_issuer("i", "~\x7F", {}).label(), "i ~%7F");
}

TEST(Principal, HasALabelOfAtMost128Characters) {
  const std::string whole(126, 's');
  EXPECT_EQ(Principal::of_issuer("i", whole, {}).label(), "i " + whole);
  const std::string cut(Principal::of_issuer("i", whole + "s", {}).label());
  EXPECT_EQ(cut, "i " + std::string(123, 's') + "...");
  EXPECT_EQ(Principal::of_issuer("i", std::string(126, '\n'), {}).label().size(), 128);
}

}  // namespace
}  // namespace picus::auth
