#include "auth/api_token.h"

#include <gtest/gtest.h>

#include <set>

namespace picus::auth {
namespace {

std::array<std::uint8_t, 32> filled(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return bytes;
}

TEST(ApiToken, IsThePrefixTheRandomNumberAndItsCheckCharacters) {
  // Computed apart from this code, by what the header says.
  EXPECT_EQ(api_token(filled(0)), "picus_0000000000000000000000000000000000000000000DbmFfO");
  EXPECT_EQ(api_token(filled(0xFF)), "picus_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1VKwM1n");
  std::array<std::uint8_t, 32> ascending{};
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(api_token(ascending), "picus_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlfOViBja");
}

TEST(ApiToken, OfTheSystemIsWellFormedAndNeverTheSame) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = new_api_token();
    EXPECT_TRUE(is_api_token(token)) << token;
    tokens.insert(token);
  }
  EXPECT_EQ(tokens.size(), 1000);
}

TEST(ApiToken, WithAnyCharacterMistypedIsRecognised) {
  const std::string good = new_api_token();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'0', 'A', 'z', '_', '-', ' ', '\0'}) {
      std::string bad = good;
      if (bad[i] == c) continue;
      bad[i] = c;
      EXPECT_FALSE(is_api_token(bad)) << bad;
    }
  }
}

TEST(ApiToken, HasItsPrefixAndDigitsBesideItsCheckCharacters) {
  EXPECT_FALSE(is_api_token("token_0000000000000000000000000000000000000000000vlzIGi"));
  EXPECT_FALSE(is_api_token("picus_000000000000000000000000000000000000000000-TKe3Gb"));
}

TEST(ApiToken, OfAnotherLengthIsNone) {
  const std::string good = new_api_token();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(is_api_token(good.substr(0, size)));
  }
  EXPECT_FALSE(is_api_token(good + "0"));
  EXPECT_FALSE(is_api_token(good + good));
}

TEST(ApiToken, HasTheDigestThatSha256sumPrints) {
  const TokenDigest digest = digest_of("abc");
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[1], 0x78);
  EXPECT_EQ(digest[31], 0xad);
}

}  // namespace
}  // namespace picus::auth
