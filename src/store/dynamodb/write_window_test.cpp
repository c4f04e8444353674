#include "store/dynamodb/write_window.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

using std::chrono::milliseconds;

void succeed(WriteWindow& window, int times) {
  for (int i = 0; i < times; ++i) window.succeeded();
}

TEST(WriteWindow, BeginsWithAllAndNeverHasMore) {
  WriteWindow window(32);
  EXPECT_EQ(window.size(), 32U);
  succeed(window, 1000);
  EXPECT_EQ(window.size(), 32U);
}

TEST(WriteWindow, HalvesForEachBurstOfThrottlingDownToOne) {
  WriteWindow window(8);
  WriteWindow::Clock::time_point now = WriteWindow::Clock::now();
  for (const std::size_t expected : {4U, 2U, 1U, 1U}) {
    for (int i = 0; i < 5; ++i) window.throttled(now + milliseconds(i));
    EXPECT_EQ(window.size(), expected);
    now += milliseconds(200);
  }
}

TEST(WriteWindow, GrowsByOneARound) {
  WriteWindow window(8);
  window.throttled(WriteWindow::Clock::now());
  ASSERT_EQ(window.size(), 4U);
  succeed(window, 3);
  EXPECT_EQ(window.size(), 4U);
  succeed(window, 1);
  EXPECT_EQ(window.size(), 5U);
  succeed(window, 5 + 6 + 7);
  EXPECT_EQ(window.size(), 8U);
}

TEST(WriteWindow, HasRoomForOneAtLeast) { EXPECT_EQ(WriteWindow(0).size(), 1U); }

}  // namespace
}  // namespace picus
