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

TEST(Progress, HasABarForWhatIsKnown) {
  EXPECT_EQ(bar(0), "[....................]");
  EXPECT_EQ(bar(0.5), "[##########..........]");
  EXPECT_EQ(bar(1), "[####################]");
  EXPECT_EQ(bar(1.5), bar(1));
}

TEST(Progress, IsALineNowAndThenWhereThereIsNoTerminal) {
  testing::internal::CaptureStderr();  // a file
  {
    Progress often(std::chrono::milliseconds(0));
    often.show({.items = 7, .bytes = 70, .fraction = 0.5});
    Progress seldom(std::chrono::hours(1));
    seldom.show({.items = 8, .bytes = 80, .fraction = 0.5});
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(told.starts_with("picus: 7 items, 70 B, ")) << told;
  EXPECT_TRUE(told.contains(", 50 %")) << told;
  EXPECT_EQ(told.find('\n'), told.size() - 1) << told;
}

}  // namespace
}  // namespace picus::cli
