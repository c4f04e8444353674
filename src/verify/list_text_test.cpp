#include "verify/list_text.h"

#include <gtest/gtest.h>

#include "json/item_parser.h"

namespace picus::verify {
namespace {

TEST(ListText, TheIdsOfAnArrayOfItemsInItsOrder) {
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids_of("[]"), Ids());
  EXPECT_EQ(ids_of(R"([{"n":1,"id":"b"},{"id":"a"}])"), (Ids{"b", "a"}));
}

TEST(ListText, AnItemMayBeAsDeepAsAServerTakesIt) {
  const std::size_t levels = json::ItemParser::kMaxDepth - 1;
  const std::string value = std::string(levels, '[') + std::string(levels, ']');
  EXPECT_EQ(ids_of(R"([{"id":"deep","v":)" + value + "}]"), std::vector<std::string>{"deep"});
}

TEST(ListText, WhatIsNoArrayOfItemsHasNoIds) {
  for (const char* text : {"", "{}", R"([{"id":"a"})", "[1]", R"([{"n":1}])", R"([{"id":7}])"}) {
    EXPECT_FALSE(ids_of(text)) << text;
  }
}

}  // namespace
}  // namespace picus::verify
