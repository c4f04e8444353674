#include "core/percent_encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace picus {
namespace {

TEST(PercentEncoding, IsDecodedOnce) {
  EXPECT_EQ(percent_decode("a%2Fb"), "a/b");
  EXPECT_EQ(percent_decode("a%252Fb"), "a%2Fb");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%e6%9D%b1"), "東");
}

TEST(PercentEncoding, WithABrokenPercentSignIsRefused) {
  for (const char* text : {"%", "%a", "a%2", "%zz", "%%30"}) EXPECT_FALSE(percent_decode(text));
}

TEST(PercentEncoding, ComesBack) {
  const std::string key = "a/b?c#d%e+f g\x01\xFF~._-";
  EXPECT_EQ(percent_encode("a/b c"), "a%2Fb%20c");
  EXPECT_EQ(percent_decode(percent_encode(key)), key);
}

}  // namespace
}  // namespace picus
