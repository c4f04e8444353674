#include "cli/progress.h"

#include <gtest/gtest.h>

namespace picus::cli {
namespace {

using namespace std::chrono_literals;

TEST(Progress, TellsItemsBytesAndRate) {
  const Advance advance{.items = 12'300, .bytes = 34'500'000, .fraction = std::nullopt};
  EXPECT_EQ(describe(advance, 1s), "12 300 items, 34.5 MB, 12 300 items/s");
}

TEST(Progress, TellsTheTimeLeftWhereTheSizeIsKnown) {
  const Advance advance{.items = 1000, .bytes = 1000, .fraction = 0.25};
  EXPECT_EQ(describe(advance, 30s), "1000 items, 1.0 kB, 33 items/s, 25 %, 1:30 left");
}

TEST(Progress, AFileThatGrewIsAtMostComplete) {
  const Advance advance{.items = 10, .bytes = 10, .fraction = 1.5};
  EXPECT_EQ(describe(advance, 1s), "10 items, 10 B, 10 items/s, 100 %, 0:00 left");
}

TEST(Progress, ARateOfNoTimeIsNoDivisionByZero) { EXPECT_EQ(rate(5, 0ms), "5000 items/s"); }

}  // namespace
}  // namespace picus::cli
