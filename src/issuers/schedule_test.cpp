#include "issuers/schedule.h"

#include <gtest/gtest.h>

namespace picus::issuers {
namespace {

using namespace std::chrono_literals;

constexpr Schedule::Time kNoon{1'800'000'000s};

/// A schedule whose first fetch brought keys at noon.
Schedule fetched(std::chrono::seconds fresh) {
  Schedule schedule;
  schedule.begin(kNoon);
  schedule.succeed(kNoon, fresh);
  return schedule;
}

TEST(Schedule, BeginsWithAFetch) {
  Schedule schedule;
  EXPECT_TRUE(schedule.is_due(kNoon));
  EXPECT_FALSE(schedule.holds(kNoon));
  EXPECT_FALSE(schedule.is_current(kNoon));
  schedule.begin(kNoon);
  EXPECT_FALSE(schedule.is_due(kNoon + 1h));
}

TEST(Schedule, FetchesAgainAt80PercentOfTheFreshness) {
  const Schedule schedule = fetched(10min);
  EXPECT_FALSE(schedule.is_due(kNoon + 8min - 1ms));
  EXPECT_TRUE(schedule.is_due(kNoon + 8min));
  EXPECT_TRUE(schedule.is_current(kNoon + 10min - 1ms));
  EXPECT_FALSE(schedule.is_current(kNoon + 10min));
  EXPECT_TRUE(schedule.holds(kNoon + 10min));
}

TEST(Schedule, TriesAgainAfterLongerAndLongerPauses) {
  Schedule schedule;
  Schedule::Time now = kNoon;
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
    schedule.begin(now);
    schedule.fail(now);
    EXPECT_FALSE(schedule.is_due(now + pause - 1ms));
    EXPECT_TRUE(schedule.is_due(now + pause));
    now += pause;
  }
  for (int i = 0; i < 100; ++i) {
    schedule.begin(now);
    schedule.fail(now);
    ASSERT_FALSE(schedule.is_due(now + 30s - 1ms));
    ASSERT_TRUE(schedule.is_due(now + 30s));
  }
  schedule.begin(now);
  schedule.succeed(now, 1min);
  schedule.begin(now);
  schedule.fail(now);
  EXPECT_TRUE(schedule.is_due(now + 1s));
}

TEST(Schedule, HoldsKeysFor24HoursWhereTheIssuerIsAway) {
  Schedule schedule = fetched(10min);
  Schedule::Time now = kNoon + 8min;
  for (; now < kNoon + 24h; now += 30s) {
    schedule.begin(now);
    schedule.fail(now);
    ASSERT_TRUE(schedule.is_current(now));
    ASSERT_TRUE(schedule.holds(now));
  }
  EXPECT_FALSE(schedule.holds(kNoon + 24h));
  EXPECT_FALSE(schedule.is_current(kNoon + 24h));
  schedule.begin(now);
  schedule.succeed(now, 10min);
  EXPECT_TRUE(schedule.is_current(now));
}

TEST(Schedule, FetchesForAnUnknownKeyOnceIn30Seconds) {
  Schedule schedule = fetched(1h);
  EXPECT_TRUE(schedule.demand(kNoon + 1s));
  EXPECT_TRUE(schedule.is_due(kNoon + 1s));
  schedule.begin(kNoon + 1s);
  schedule.succeed(kNoon + 2s, 1h);
  for (auto now = kNoon + 2s; now < kNoon + 31s; now += 1s) {
    EXPECT_FALSE(schedule.demand(now));
    EXPECT_FALSE(schedule.is_due(now));
  }
  EXPECT_TRUE(schedule.demand(kNoon + 31s));
  EXPECT_TRUE(schedule.is_due(kNoon + 31s));
}

TEST(Schedule, FetchesOnceMoreForAnUnknownKeyDuringAFetch) {
  Schedule schedule = fetched(1h);
  schedule.begin(kNoon + 1h);
  EXPECT_TRUE(schedule.demand(kNoon + 1h));
  EXPECT_FALSE(schedule.is_due(kNoon + 1h));
  schedule.succeed(kNoon + 1h, 1h);
  EXPECT_TRUE(schedule.is_due(kNoon + 1h));
  schedule.begin(kNoon + 1h);
  schedule.succeed(kNoon + 1h, 1h);
  EXPECT_FALSE(schedule.is_due(kNoon + 1h));
}

TEST(Schedule, FetchesOnceAfterAFetchThatFailedForAnUnknownKey) {
  Schedule schedule = fetched(1h);
  schedule.begin(kNoon + 1h);
  schedule.demand(kNoon + 1h);
  schedule.fail(kNoon + 1h);
  schedule.begin(kNoon + 1h + 1s);
  schedule.succeed(kNoon + 1h + 1s, 1h);
  EXPECT_FALSE(schedule.is_due(kNoon + 1h + 1s));
}

TEST(Schedule, SurvivesAClockThatJumpsBackDuringAFetch) {
  Schedule schedule = fetched(1h);
  const Schedule::Time earlier = kNoon - 1000h;
  schedule.begin(kNoon + 1h);
  schedule.succeed(earlier, 1h);
  EXPECT_FALSE(schedule.is_due(earlier));
  schedule.begin(earlier + 1h);
  schedule.fail(earlier);
  EXPECT_FALSE(schedule.is_due(earlier));
  EXPECT_TRUE(schedule.is_due(earlier + 1s));
}

TEST(Schedule, SurvivesAClockThatJumpsBack) {
  Schedule schedule = fetched(1h);
  schedule.demand(kNoon);
  schedule.begin(kNoon);
  schedule.succeed(kNoon, 1h);
  const Schedule::Time earlier = kNoon - 1000h;
  EXPECT_TRUE(schedule.is_due(earlier));
  EXPECT_TRUE(schedule.demand(earlier));
  schedule.begin(earlier);
  schedule.fail(earlier);
  EXPECT_TRUE(schedule.holds(earlier + 24h - 1ms));
  EXPECT_FALSE(schedule.holds(earlier + 24h));
}

}  // namespace
}  // namespace picus::issuers
