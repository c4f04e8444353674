#include "auth/scope.h"

#include <gtest/gtest.h>

namespace picus::auth {
namespace {

TEST(Scopes, AreReadAndWrittenAsNamesBetweenSpaces) {
  const auto scopes = Scopes::parse("items:write items:read");
  ASSERT_TRUE(scopes);
  EXPECT_TRUE(scopes->has(Scope::items_read));
  EXPECT_TRUE(scopes->has(Scope::items_write));
  EXPECT_FALSE(scopes->has(Scope::items_delete));
  EXPECT_EQ(scopes->text(), "items:read items:write");
  EXPECT_EQ((Scopes{Scope::items_delete}.text()), "items:delete");
}

TEST(Scopes, OfAConfigurationHaveNoOtherNamesAndNoWildcards) {
  for (const char* text : {"", " ", "items", "items:*", "*", "items:read ", " items:read",
                           "items:read  items:write", "items:read,items:write", "Items:read",
                           "items:admin", "items:read\n", "items:read items:read"}) {
    EXPECT_FALSE(Scopes::parse(text)) << text;
  }
}

TEST(Scopes, OfATokenIgnoreTheScopesOfOtherServices) {
  EXPECT_EQ(Scopes::known_of("openid items:read  profile items:* items:delete"),
            (Scopes{Scope::items_read, Scope::items_delete}));
  EXPECT_TRUE(Scopes::known_of("openid items:reader xitems:read").empty());
  EXPECT_TRUE(Scopes::known_of("").empty());
}

}  // namespace
}  // namespace picus::auth
