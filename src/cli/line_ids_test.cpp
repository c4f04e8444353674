#include "cli/line_ids.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

namespace picus::cli {
namespace {

TEST(LineIds, TheSameLinesHaveTheSameIdsInEveryRun) {
  LineIds first;
  LineIds second;
  const std::string a = first.id_of("{\"a\":1}");
  const std::string again = first.id_of("{\"a\":1}");
  const std::string b = first.id_of("{\"b\":1}");
  EXPECT_NE(a, again);
  EXPECT_NE(a, b);
  EXPECT_EQ(second.id_of("{\"a\":1}"), a);
  EXPECT_EQ(second.id_of("{\"a\":1}"), again);
  EXPECT_EQ(second.id_of("{\"b\":1}"), b);
}

TEST(LineIds, OfManyTextsNoTwoAreEqual) {
  constexpr int kTexts = 100'000;
  LineIds ids;
  std::unordered_set<std::string> made;
  for (int i = 0; i < 2 * kTexts; ++i) made.insert(ids.id_of(std::to_string(i % kTexts)));
  EXPECT_EQ(made.size(), 2UZ * kTexts);
}

}  // namespace
}  // namespace picus::cli
