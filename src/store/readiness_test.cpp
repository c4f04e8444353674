#include "store/readiness.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

using std::chrono::milliseconds;

TEST(Readiness, IsReadyUntilThreeProbesInARowFailed) {
  Readiness readiness;
  EXPECT_TRUE(readiness.ready());
  EXPECT_FALSE(readiness.end_probe(false));
  EXPECT_FALSE(readiness.end_probe(false));
  EXPECT_FALSE(readiness.end_probe(true));
  EXPECT_FALSE(readiness.end_probe(false));
  EXPECT_FALSE(readiness.end_probe(false));
  EXPECT_TRUE(readiness.ready());
  EXPECT_TRUE(readiness.end_probe(false));
  EXPECT_FALSE(readiness.ready());
}

TEST(Readiness, OneProbeThatSucceedsMakesItReadyAgain) {
  Readiness readiness;
  for (int i = 0; i < 10; ++i) readiness.end_probe(false);
  EXPECT_FALSE(readiness.ready());
  EXPECT_TRUE(readiness.end_probe(true));
  EXPECT_TRUE(readiness.ready());
}

TEST(Readiness, ProbesOnceASecondAndOneAtATime) {
  Readiness readiness;
  const auto now = Readiness::Clock::now();
  EXPECT_TRUE(readiness.begin_probe(now));
  EXPECT_FALSE(readiness.begin_probe(now));
  EXPECT_FALSE(readiness.begin_probe(now + milliseconds(5000)));
  readiness.end_probe(true);
  EXPECT_FALSE(readiness.begin_probe(now + milliseconds(999)));
  EXPECT_TRUE(readiness.begin_probe(now + milliseconds(1000)));
}

}  // namespace
}  // namespace picus
