#include "core/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace picus {
namespace {

using std::chrono::milliseconds;

void zeros(std::span<std::uint8_t> bytes) { std::ranges::fill(bytes, std::uint8_t{0}); }

TEST(Ids, AUuid7HasTheFormOfRfc9562) {
  IdSource ids;
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(std::regex_match(ids.uuid7(), form));
}

TEST(Ids, AUuid7BeginsWithTheUnixTimeInMilliseconds) {
  // The example of RFC 9562, appendix A.6, has this time.
  IdSource ids([] { return milliseconds(0x017F22E279B0); }, zeros);
  EXPECT_EQ(ids.uuid7(), "017f22e2-79b0-7000-8000-000000000000");
}

TEST(Ids, IdsOfOneMillisecondSortInTheOrderTheyWereMade) {
  IdSource ids([] { return milliseconds(1); }, zeros);
  std::string last = ids.uuid7();
  for (int i = 0; i < 10'000; ++i) {  // more than the counter holds: the time runs ahead
    std::string next = ids.uuid7();
    ASSERT_LT(last, next);
    last = std::move(next);
  }
}

TEST(Ids, IdsSortAlsoWhenTheClockStepsBack) {
  auto now = std::make_shared<milliseconds>(1000);
  IdSource ids([now] { return *now; }, zeros);
  const std::string first = ids.uuid7();
  *now = milliseconds(10);
  EXPECT_LT(first, ids.uuid7());
}

TEST(Ids, IdsFollowAClockThatWasFarAhead) {
  constexpr milliseconds kNow(0x017F22E279B0);
  auto now = std::make_shared<milliseconds>(kNow + std::chrono::years(1));
  IdSource ids([now] { return *now; }, zeros);
  ids.uuid7();
  *now = kNow;
  const std::string first = ids.uuid7();
  EXPECT_TRUE(first.starts_with("017f22e2-79b0-7")) << first;
  EXPECT_LT(first, ids.uuid7());
}

TEST(Ids, AClockBefore1970GivesIdsOfTheYear1970) {
  IdSource ids([] { return milliseconds(-86'400'000); }, zeros);
  const std::string first = ids.uuid7();
  EXPECT_TRUE(first.starts_with("00000000-000")) << first;
  EXPECT_LT(first, ids.uuid7());
}

TEST(Ids, ThreadsNeverGetTheSameId) {
  IdSource ids;
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made) {
      threads.emplace_back([&ids, &mine] {
        for (int i = 0; i < 5000; ++i) mine.push_back(ids.uuid7());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 20'000U);
}

TEST(Ids, CallersAndKeysDoNotRunTogether) {
  EXPECT_NE(idempotency_hash("a", "bc"), idempotency_hash("ab", "c"));
  EXPECT_NE(idempotency_hash("", "k"), idempotency_hash("k", ""));
  EXPECT_EQ(idempotency_hash("a", "bc"), idempotency_hash("a", "bc"));
}

TEST(Ids, AUuid8CarriesItsVersionAndIsTheSameForTheSameHash) {
  const std::string id = uuid8(idempotency_hash("", "order-17"));
  EXPECT_EQ(id[14], '8');
  EXPECT_EQ(id, uuid8(idempotency_hash("", "order-17")));
  EXPECT_NE(id, uuid8(idempotency_hash("", "order-18")));
}

TEST(Ids, TokensAreLongAndDiffer) {
  IdSource ids;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = ids.token();
    EXPECT_EQ(token.size(), 22U);
    EXPECT_TRUE(seen.insert(token).second) << token;
  }
}

}  // namespace
}  // namespace picus
