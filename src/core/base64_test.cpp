#include "core/base64.h"

#include <gtest/gtest.h>

#include <random>

#include "core/bytes.h"

namespace picus {
namespace {

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes_of(bytes));
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
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, PaddingMayBeLeftOut) {
  EXPECT_EQ(decode_base64("Zg"), "f");
  EXPECT_EQ(decode_base64("Zm8"), "fo");
}

TEST(Base64, WhatIsNoneIsRefused) {
  for (const std::string_view text : {"Z", "Zg=", "=", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_",
                                      "Zm8==", "Zm9v=", "\xff\xff\xff\xff"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

TEST(Base64, RandomBytesComeBack) {
  std::mt19937 random(1);  // NOLINT: the same bytes each time
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    ASSERT_EQ(decode_base64(encoded(bytes)), bytes);
  }
}

TEST(Base64url, IsDecoded) {
  EXPECT_EQ(decode_base64url(""), "");
  EXPECT_EQ(decode_base64url("Zg"), "f");
  EXPECT_EQ(decode_base64url("Zm8"), "fo");
  EXPECT_EQ(decode_base64url("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64url("-_-_"), "\xFB\xFF\xBF");
}

TEST(Base64url, ThatIsNotCanonicalIsRefused) {
  for (const char* text :
       {"Z", "Zm9vY", "Zh", "Zm9", "Zm9=", "Zg==", "Zm 8", "Zm8\n", "+/+/", "Z."}) {
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  }
  EXPECT_EQ(decode_base64url(std::string_view("Zm8\0", 4)), std::nullopt);
}

}  // namespace
}  // namespace picus
