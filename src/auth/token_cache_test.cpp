#include "auth/token_cache.h"

#include <gtest/gtest.h>

namespace picus::auth {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds kNow{1000s};

TokenCache::Bearer bearer(std::string_view name) {
  return std::make_shared<const Principal>(Principal::of_api_token(name, {}));
}

std::string name_in(TokenCache& cache, std::string_view token, std::chrono::sys_seconds now) {
  const auto found = cache.find(token, now);
  return found ? found->label() : "nobody";
}

TEST(TokenCache, KnowsATokenUntilItsTimeIsOver) {
  TokenCache cache;
  cache.add("a", bearer("anna"), kNow + 2s);
  EXPECT_EQ(name_in(cache, "a", kNow + 1s), "anna");
  EXPECT_EQ(name_in(cache, "a", kNow + 2s), "nobody");
  EXPECT_EQ(name_in(cache, "b", kNow), "nobody");
  EXPECT_EQ(name_in(cache, "", kNow), "nobody");
  EXPECT_EQ(name_in(cache, "aa", kNow), "nobody");
}

/// Of many tokens, some have hashes that are alike.
TEST(TokenCache, ComparesWholeTokens) {
  // What differs is all of a token, its end, its beginning.
  for (const auto& [before, after] :
       {std::pair("", ""), std::pair("a beginning of 24 bytes ", ""), std::pair("", " and more")}) {
    TokenCache cache;
    const auto token = [&](int number) { return before + std::to_string(number) + after; };
    for (int i = 10'000; i < 14'000; ++i) cache.add(token(i), bearer("anna"), kNow + 1s);
    ASSERT_EQ(name_in(cache, token(13'999), kNow), "anna");
    for (int i = 20'000; i < 40'000; ++i) ASSERT_EQ(name_in(cache, token(i), kNow), "nobody");
  }
}

TEST(TokenCache, TakesTheLastThatWasAdded) {
  TokenCache cache;
  cache.add("a", bearer("anna"), kNow + 1s);
  cache.add("a", bearer("bert"), kNow + 9s);
  EXPECT_EQ(name_in(cache, "a", kNow + 8s), "bert");
  EXPECT_EQ(cache.size(), 1);
  cache.clear();
  EXPECT_EQ(name_in(cache, "a", kNow), "nobody");
}

TEST(TokenCache, KeepsWhatIsUsedOfMoreThanItHolds) {
  TokenCache cache;
  cache.add("used", bearer("anna"), kNow + 9s);
  for (int i = 0; i < 100'000; ++i) {
    cache.add("token " + std::to_string(i), bearer("other"), kNow + 9s);
    if (i % 1000 == 0) {
      ASSERT_EQ(name_in(cache, "used", kNow), "anna") << i;
    }
    ASSERT_LE(cache.size(), 3360) << i;
  }
  EXPECT_EQ(name_in(cache, "token 99999", kNow), "other");
  EXPECT_EQ(name_in(cache, "token 0", kNow), "nobody");
}

TEST(TokenCache, HoldsFewLongTokens) {
  TokenCache cache;
  for (int i = 0; i < 1000; ++i) {
    cache.add(std::string(8000, 'x') + std::to_string(i), bearer("other"), kNow + 9s);
  }
  EXPECT_LE(cache.size() * 8000, 1024UZ * 1024);
  EXPECT_GE(cache.size(), 64);
}

TEST(TokenCache, HoldsFewTokensOfHoldersWithLongNames) {
  TokenCache cache;
  const auto holder = std::make_shared<const Principal>(
      Principal::of_issuer("https://issuer.example", std::string(8000, 'x'), {}));
  for (int i = 0; i < 1000; ++i) cache.add("token " + std::to_string(i), holder, kNow + 9s);
  EXPECT_LE(cache.size() * 8000, 1024UZ * 1024);
  EXPECT_GE(cache.size(), 64);
}

}  // namespace
}  // namespace picus::auth
