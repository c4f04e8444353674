#include "api/cursor.h"

#include <gtest/gtest.h>

#include <string>

namespace picus {
namespace {

TEST(Cursor, ComesBackAsThePositionItWasMadeOf) {
  for (const std::string& position :
       {std::string("a"), std::string("a\0b/\xFF?", 6), std::string(511, 'z')}) {
    EXPECT_EQ(decode_cursor(encode_cursor(position)).value(), position);
  }
}

TEST(Cursor, NeedsNoEncodingInAUrl) {
  const std::string cursor = encode_cursor("\xFF\xFE\xFD key with spaces");
  EXPECT_EQ(cursor.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
            std::string::npos);
}

TEST(Cursor, IsRefusedWithAnyCharacterChanged) {
  const std::string good = encode_cursor("some-key");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string forged = good;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    const auto decoded = decode_cursor(forged);
    ASSERT_FALSE(decoded) << i;
    EXPECT_EQ(decoded.error().code(), ErrorCode::invalid_cursor);
  }
}

TEST(Cursor, IsRefusedWhenEmptyCutPaddedOrHuge) {
  const std::string good = encode_cursor("some-key");
  EXPECT_FALSE(decode_cursor(""));
  EXPECT_FALSE(decode_cursor(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(decode_cursor(good + "="));
  EXPECT_FALSE(decode_cursor(good + "A"));
  EXPECT_FALSE(decode_cursor(std::string(100'000, 'A')));
}

}  // namespace
}  // namespace picus
