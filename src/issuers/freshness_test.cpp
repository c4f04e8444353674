#include "issuers/freshness.h"

#include <gtest/gtest.h>

namespace picus::issuers {
namespace {

using namespace std::chrono_literals;

TEST(Freshness, IsThatOfMaxAge) {
  EXPECT_EQ(freshness_of("max-age=3600", ""), 1h);
  EXPECT_EQ(freshness_of("public,max-age=3600, must-revalidate", ""), 1h);
  EXPECT_EQ(freshness_of("Public , MAX-AGE=\"3600\"", ""), 1h);
  EXPECT_EQ(freshness_of("s-maxage=60, max-age=3600", ""), 1h);
}

TEST(Freshness, EndsEarlierWhereACacheHadItForATime) {
  EXPECT_EQ(freshness_of("max-age=3600", "600"), 50min);
  EXPECT_EQ(freshness_of("max-age=3600", "4000"), 1min);
  EXPECT_EQ(freshness_of("max-age=3600", "99999999999999999999"), 1min);
  EXPECT_EQ(freshness_of("max-age=3600", "-5"), 1h);
  EXPECT_EQ(freshness_of("max-age=3600", "old"), 1h);
}

TEST(Freshness, HasBounds) {
  EXPECT_EQ(freshness_of("max-age=0", ""), 1min);
  EXPECT_EQ(freshness_of("max-age=59", ""), 1min);
  EXPECT_EQ(freshness_of("max-age=31536000", ""), 24h);
  EXPECT_EQ(freshness_of("max-age=99999999999999999999999", ""), 24h);
}

TEST(Freshness, IsTenMinutesWithoutAMaxAge) {
  for (const char* text : {"", "no-store", "no-cache", "max-age", "max-age=", "max-age=-1",
                           "max-age=1x", "max-age=3 600", "x-max-age=3600", ",,,", "s-maxage=60"}) {
    EXPECT_EQ(freshness_of(text, ""), 10min) << text;
  }
}

}  // namespace
}  // namespace picus::issuers
