#include "net/pace.h"

#include <gtest/gtest.h>

namespace picus::net {
namespace {

using namespace std::chrono_literals;

constexpr Pace::Clock::time_point kNow{};

TEST(Pace, EndsAPause) {
  const Pace pace(30s, 1024);
  EXPECT_EQ(pace.deadline(kNow, 0), kNow + 30s);
  // However much came before: it would buy a quarter of an hour of silence.
  EXPECT_EQ(pace.deadline(kNow, 1024UZ * 1024), kNow + 30s);
}

TEST(Pace, LetsWhoKeepsToTheRateTakeLonger) {
  Pace pace(30s, 1024);
  pace.count(29s);
  EXPECT_EQ(pace.deadline(kNow, 10), kNow + 1s);
  EXPECT_EQ(pace.deadline(kNow, 40UZ * 1024), kNow + 11s);
  pace.count(31s);
  EXPECT_LT(pace.deadline(kNow, 40UZ * 1024), kNow);
  EXPECT_EQ(pace.deadline(kNow, 1000UZ * 1024), kNow + 30s);
}

TEST(Pace, WithoutARateOnlyPausesCount) {
  Pace pace(30s);
  pace.count(24h);
  EXPECT_EQ(pace.deadline(kNow, 1), kNow + 30s);
}

TEST(Pace, OfAnyNumberOfBytesDoesNotOverflow) {
  EXPECT_EQ(Pace(30s, 1).deadline(kNow, UINT64_MAX), kNow + 30s);
}

}  // namespace
}  // namespace picus::net
