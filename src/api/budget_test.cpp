#include "api/budget.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace picus {
namespace {

TEST(Budget, GivesNoMoreThanItHasAndTakesBackWhatIsDropped) {
  Budget budget(3);
  auto first = budget.take(2);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.take(2));
  {
    const auto second = budget.take();
    EXPECT_TRUE(second);
    EXPECT_FALSE(budget.take());
  }
  EXPECT_TRUE(budget.take());
  first.reset();
  EXPECT_TRUE(budget.take(3));
  EXPECT_FALSE(budget.take(4));
}

TEST(Budget, AShareGrowsWholeOrNotAtAll) {
  Budget budget(10);
  Budget::Share share(budget);
  EXPECT_TRUE(share.grow_to(4));
  const auto other = budget.take(5);
  EXPECT_FALSE(share.grow_to(6));
  EXPECT_EQ(share.amount(), 4U);
  EXPECT_TRUE(share.grow_to(5));
  EXPECT_TRUE(share.grow_to(1));
  EXPECT_EQ(share.amount(), 5U);
  share.shrink_to(2);
  EXPECT_TRUE(budget.take(3));
}

TEST(Budget, AMovedShareGoesBackOnce) {
  Budget budget(1);
  {
    auto share = budget.take();
    const Budget::Share moved(std::move(*share));
    share.reset();
    EXPECT_FALSE(budget.take());
  }
  EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take(2));
}

TEST(Budget, IsNeverExceededByManyThreads) {
  Budget budget(2);
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10'000; ++round) {
        const auto share = budget.take();
        if (!share) continue;
        const int now = ++at_once;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --at_once;
      }
    });
  }
  threads.clear();
  EXPECT_LE(most, 2);
  EXPECT_GE(most, 1);
}

}  // namespace
}  // namespace picus
