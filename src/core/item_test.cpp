#include "core/item.h"

#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"

namespace picus {
namespace {

Key key(std::string text) { return Key::parse(std::move(text), ErrorCode::invalid_key).value(); }

TEST(Item, ItsTextBeginsWithTheId) {
  EXPECT_EQ(make_item(key("k"), R"("a":1)", 3)->json, R"({"id":"k","a":1})");
  EXPECT_EQ(make_item(key("k\""), "", 0)->json, R"({"id":"k\""})");
}

TEST(Item, MayHave400KbAsDynamoDbCountsWithNameKeyAndMeta) {
  const std::size_t room = kMaxItemBytes - kMetaBytes - 2 - 1;
  EXPECT_TRUE(make_item(key("k"), "", room));
  const auto refused = make_item(key("k"), "", room + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::item_too_large);
}

}  // namespace
}  // namespace picus
