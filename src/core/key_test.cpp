#include "core/key.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

Result<Key> parsed(std::string text) { return Key::parse(std::move(text), ErrorCode::invalid_key); }

TEST(Key, HasOneTo511Bytes) {
  EXPECT_FALSE(parsed(""));
  EXPECT_TRUE(parsed("a"));
  EXPECT_TRUE(parsed(std::string(511, 'a')));
  EXPECT_FALSE(parsed(std::string(512, 'a')));
}

TEST(Key, HasNoControlCharacters) {
  EXPECT_FALSE(parsed(std::string("a\0b", 3)));
  EXPECT_FALSE(parsed("a\x1F"));
  EXPECT_FALSE(parsed("a\x7F"));
  EXPECT_TRUE(parsed("a b"));
}

TEST(Key, IsUtf8) {
  EXPECT_TRUE(parsed("Ærøskøbing 東京 🦜"));
  EXPECT_FALSE(parsed("\xFF"));
  EXPECT_FALSE(parsed("\xED\xA0\x80"));  // a surrogate
}

TEST(Key, CarriesTheCodeThatTheCallerNames) {
  EXPECT_EQ(Key::parse("", ErrorCode::invalid_id).error().code(), ErrorCode::invalid_id);
}

}  // namespace
}  // namespace picus
