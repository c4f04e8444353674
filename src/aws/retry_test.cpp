#include "aws/retry.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "aws/breaker.h"

namespace picus::aws {
namespace {

using namespace std::chrono_literals;

constexpr auto kTransient = kTransientRetry.first_delay;
constexpr auto kThrottled = kThrottledRetry.first_delay;

TEST(RetryDelay, DoublesFromTwentyFiveMillisecondsUpToTwentySeconds) {
  EXPECT_EQ(retry_delay(kTransient, 0, 1, {}), 25ms);
  EXPECT_EQ(retry_delay(kTransient, 1, 1, {}), 50ms);
  EXPECT_EQ(retry_delay(kTransient, 2, 1, {}), 100ms);
  EXPECT_EQ(retry_delay(kTransient, 40, 1, {}), 20s);
}

TEST(RetryDelay, BeginsAtASecondAfterThrottling) {
  EXPECT_EQ(retry_delay(kThrottled, 0, 1, {}), 1s);
  EXPECT_EQ(retry_delay(kThrottled, 1, 1, {}), 2s);
  EXPECT_EQ(retry_delay(kThrottled, 40, 1, {}), 20s);
}

TEST(RetryDelay, JitterTakesAnyPartOfIt) {
  EXPECT_EQ(retry_delay(kTransient, 2, 0, {}), 0ms);
  EXPECT_EQ(retry_delay(kTransient, 2, 0.5, {}), 50ms);
}

TEST(RetryDelay, AHintMakesItLongerByFiveSecondsAtMost) {
  EXPECT_EQ(retry_delay(kThrottled, 0, 0.5, 700ms), 700ms);
  EXPECT_EQ(retry_delay(kThrottled, 0, 0.5, 100ms), 500ms);
  EXPECT_EQ(retry_delay(kThrottled, 0, 0.5, 60s), 5500ms);
}

TEST(RetryBudget, IsSpentByRetriesAndRefilledToItsCapacityOnly) {
  RetryBudget budget;
  unsigned retries = 0;
  while (budget.take(kTransientRetry.cost)) ++retries;
  EXPECT_EQ(retries, 35U);  // 500 / 14
  EXPECT_EQ(budget.left(), 10U);
  EXPECT_TRUE(budget.take(kThrottledRetry.cost));
  budget.give(kThrottledRetry.cost + RetryBudget::kGift);
  EXPECT_EQ(budget.left(), 11U);
  budget.give(RetryBudget::kCapacity);
  EXPECT_EQ(budget.left(), RetryBudget::kCapacity);
}

TEST(RetryBudget, ThreadsLoseNoTokens) {
  RetryBudget budget;
  ASSERT_TRUE(budget.take(RetryBudget::kCapacity));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 1000; ++turn) {
        budget.give(5);
        while (!budget.take(5)) continue;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.left(), 0U);
}

const Breaker::Time kStart{1h};

void fail_times(Breaker& breaker, unsigned times) {
  for (unsigned i = 0; i < times; ++i) breaker.failed(kStart);
}

TEST(Breaker, OpensAfterSomeFailuresInARow) {
  Breaker breaker;
  fail_times(breaker, Breaker::kFailures - 1);
  EXPECT_TRUE(breaker.admits(kStart));
  breaker.succeeded();
  fail_times(breaker, Breaker::kFailures - 1);
  EXPECT_TRUE(breaker.admits(kStart));
  fail_times(breaker, 1);
  EXPECT_FALSE(breaker.admits(kStart));
}

TEST(Breaker, AdmitsOneProbeEachInterval) {
  Breaker breaker;
  fail_times(breaker, Breaker::kFailures);
  EXPECT_FALSE(breaker.admits(kStart + Breaker::kProbeInterval - 1ms));
  for (int i = 1; i < 4; ++i) {
    EXPECT_TRUE(breaker.admits(kStart + i * Breaker::kProbeInterval));
    EXPECT_FALSE(breaker.admits(kStart + i * Breaker::kProbeInterval));
    breaker.failed(kStart + i * Breaker::kProbeInterval);
  }
}

TEST(Breaker, ClosesWithTheFirstSuccess) {
  Breaker breaker;
  fail_times(breaker, 2 * Breaker::kFailures);
  breaker.succeeded();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(breaker.admits(kStart));
}

}  // namespace
}  // namespace picus::aws
