#include "lambda/base64.h"

#include <gtest/gtest.h>

#include <random>

namespace picus::lambda {
namespace {

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

TEST(Base64, TheVectorsOfTheStandardGoBothWays) {  // RFC 4648, section 10
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, PaddingMayBeLeftOut) {
  EXPECT_EQ(base64_decode("Zg"), "f");
  EXPECT_EQ(base64_decode("Zm8"), "fo");
}

TEST(Base64, WhatIsNoneIsRefused) {
  for (const std::string_view text : {"Z", "Zg=", "=", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_",
                                      "Zm8==", "Zm9v=", "\xff\xff\xff\xff"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(Base64, RandomBytesComeBack) {
  std::mt19937 random(1);  // NOLINT: the same bytes each time
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    ASSERT_EQ(base64_decode(encoded(bytes)), bytes);
  }
}

}  // namespace
}  // namespace picus::lambda
