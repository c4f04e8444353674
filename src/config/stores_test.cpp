#include "config/stores.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace picus {
namespace {

const StoreKind* kind_of(std::string_view name) {
  const auto kinds = store_kinds();
  const auto found = std::ranges::find(kinds, name, &StoreKind::name);
  return found == kinds.end() ? nullptr : &*found;
}

TEST(Stores, AreInADirectoryUnlessATableIsNamed) {
  StoreOptions options;
  EXPECT_EQ(options.chosen_kind().name, "lmdb");
  options.table.name = "items";
  EXPECT_EQ(options.chosen_kind().name, "dynamodb");
  options.kind = kind_of("lmdb");
  EXPECT_EQ(options.chosen_kind().name, "lmdb");
}

TEST(Stores, OnlyTheOptionsOfTheChosenKindAreChecked) {
  StoreOptions options;
  EXPECT_TRUE(check(options));
  options.kind = kind_of("dynamodb");
  EXPECT_EQ(check(options).error(), "there is no table: give --table NAME or PICUS_TABLE");
}

}  // namespace
}  // namespace picus
