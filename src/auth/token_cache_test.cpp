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
  return std::string(found ? found->label() : "nobody");
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

TEST(TokenCache, ComparesTheLengthsOfTokens) {
  // At every place, these have the same word.
  for (const std::size_t size : {8UZ, 3999UZ}) {
    TokenCache cache;
    cache.add(std::string(size, 'x'), bearer("anna"), kNow + 1s);
    for (std::size_t other = 8; other < 4000; ++other) {
      const std::string_view expected = other == size ? "anna" : "nobody";
      ASSERT_EQ(name_in(cache, std::string(other, 'x'), kNow), expected) << other;
    }
  }
}

/// Where they differ, in bytes of a word and of another, no hash of the end shows.
TEST(TokenCache, ComparesTokensWithTheSameEnd) {
  TokenCache cache;
  for (const std::size_t place : {0UZ, 7UZ, 8UZ, 20UZ, 38UZ}) {
    const auto token = [&](char c) { return std::string(55, 'x').replace(place, 1, 1, c); };
    cache.add(token('a'), bearer("anna"), kNow + 1s);
    cache.add(token('b'), bearer("bert"), kNow + 1s);
    EXPECT_EQ(name_in(cache, token('c'), kNow), "nobody") << place;
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(name_in(cache, token('a'), kNow), "anna") << place;
      EXPECT_EQ(name_in(cache, token('c'), kNow), "nobody") << place;
      EXPECT_EQ(name_in(cache, token('b'), kNow), "bert") << place;
    }
  }
}

/// Adds the token "a" of anna, and so many others that it is among the old.
void add_and_age(TokenCache& cache) {
  cache.add("a", bearer("anna"), kNow + 2s);
  for (int i = 0; i < 2500; ++i) {
    cache.add("other " + std::to_string(i), bearer("other"), kNow + 9s);
  }
}

TEST(TokenCache, KnowsAnOldTokenUntilItsTimeIsOver) {
  for (const auto& [now, name] : {std::pair(kNow + 1s, "anna"), std::pair(kNow + 2s, "nobody")}) {
    TokenCache cache;
    add_and_age(cache);
    const std::size_t size = cache.size();
    EXPECT_EQ(name_in(cache, "a", now), name);
    EXPECT_EQ(cache.size(), now == kNow + 1s ? size : size - 1);
    EXPECT_EQ(name_in(cache, "a", kNow), now == kNow + 1s ? "anna" : "nobody");
  }
}

TEST(TokenCache, ForgetsAllAtOnce) {
  TokenCache cache;
  add_and_age(cache);
  cache.clear();
  EXPECT_EQ(cache.size(), 0);
  EXPECT_EQ(name_in(cache, "a", kNow), "nobody");
  EXPECT_EQ(name_in(cache, "other 2499", kNow), "nobody");
}

TEST(TokenCache, ForgetsTheTokenThatWasFoundLast) {
  TokenCache cache;
  cache.add("a", bearer("anna"), kNow + 2s);
  EXPECT_EQ(name_in(cache, "a", kNow), "anna");
  EXPECT_EQ(name_in(cache, "a", kNow + 2s), "nobody");
  cache.add("a", bearer("bert"), kNow + 2s);
  EXPECT_EQ(name_in(cache, "a", kNow), "bert");
  cache.clear();
  EXPECT_EQ(name_in(cache, "a", kNow), "nobody");
  add_and_age(cache);
  EXPECT_EQ(name_in(cache, "other 2499", kNow), "other");
  EXPECT_EQ(name_in(cache, "a", kNow), "anna");
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
    ASSERT_LE(cache.size(), 4096) << i;
  }
  EXPECT_EQ(name_in(cache, "token 99999", kNow), "other");
  EXPECT_EQ(name_in(cache, "token 0", kNow), "nobody");
}

TEST(TokenCache, Holds4096Tokens) {
  TokenCache cache;
  for (int i = 0; i < 4096; ++i) cache.add("token " + std::to_string(i), bearer("a"), kNow + 9s);
  EXPECT_EQ(cache.size(), 4096);
  cache.add("one more", bearer("a"), kNow + 9s);
  EXPECT_EQ(cache.size(), 2049);
}

/// Adds tokens that have 8192 bytes with the names of their holder; the first has more.
void add_long(TokenCache& cache, int count, std::size_t more) {
  const auto holder = bearer("o");
  const std::size_t size = 8192 - holder->name().size() - holder->label().size();
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    const std::size_t rest = size - number.size() + (i == 0 ? more : 0);
    cache.add(std::string(rest, 'x') + number, holder, kNow + 9s);
  }
}

TEST(TokenCache, HoldsOneMebibyteOfTexts) {
  for (const auto& [more, held] : {std::pair(0UZ, 128), std::pair(1UZ, 65)}) {
    TokenCache cache;
    add_long(cache, 63, 0);
    cache.clear();
    add_long(cache, 128, more);
    EXPECT_EQ(cache.size(), held);
    add_long(cache, 1000, 0);
    EXPECT_LE(cache.size(), 128);
    EXPECT_GE(cache.size(), 64);
  }
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
