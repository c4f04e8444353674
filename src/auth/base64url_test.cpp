#include "auth/base64url.h"

#include <gtest/gtest.h>

namespace picus::auth {
namespace {

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
}  // namespace picus::auth
