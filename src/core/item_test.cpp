#include "core/item.h"

#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"
#include "json/text.h"

namespace picus {
namespace {

Result<Key> key(std::string text) { return Key::parse(std::move(text), ErrorCode::invalid_key); }

TEST(Key, HasOneTo511Bytes) {
  EXPECT_FALSE(key(""));
  EXPECT_TRUE(key("a"));
  EXPECT_TRUE(key(std::string(511, 'a')));
  EXPECT_FALSE(key(std::string(512, 'a')));
}

TEST(Key, HasNoControlCharacters) {
  EXPECT_FALSE(key(std::string("a\0b", 3)));
  EXPECT_FALSE(key("a\x1F"));
  EXPECT_FALSE(key("a\x7F"));
  EXPECT_TRUE(key("a b"));
}

TEST(Key, IsUtf8) {
  EXPECT_TRUE(key("Ærøskøbing 東京 🦜"));
  EXPECT_FALSE(key("\xFF"));
  EXPECT_FALSE(key("\xED\xA0\x80"));  // a surrogate
}

TEST(Key, CarriesTheCodeThatTheCallerNames) {
  EXPECT_EQ(Key::parse("", ErrorCode::invalid_id).error().code(), ErrorCode::invalid_id);
}

TEST(Utf8, RefusesOverlongFormsAndWhatIsBeyondUnicode) {
  EXPECT_FALSE(json::is_utf8("\xC0\xAF"));
  EXPECT_FALSE(json::is_utf8("\xE0\x80\xAF"));
  EXPECT_FALSE(json::is_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(json::is_utf8("\xE6\x9D"));
  EXPECT_TRUE(json::is_utf8(""));
  EXPECT_TRUE(json::is_utf8("\xF4\x8F\xBF\xBF"));
}

TEST(Etag, IsTheSameForTheSameTextAndAnotherForAnother) {
  EXPECT_EQ(Etag::of("{}"), Etag::of("{}"));
  EXPECT_NE(Etag::of("{}"), Etag::of("{ }"));
}

TEST(Etag, IsTheBeginningOfTheSha256InBase64url) {
  // printf '' | openssl dgst -sha256 -binary | head -c 16 | basenc --base64url
  EXPECT_EQ(Etag::of("").text(), "47DEQpj8HBSa-_TImW-5JA");
}

TEST(Etag, ParsesOnlyWhatCanBeOne) {
  const Etag etag = Etag::of("x");
  EXPECT_EQ(Etag::parse(etag.text()), etag);
  EXPECT_FALSE(Etag::parse(""));
  EXPECT_FALSE(Etag::parse("47DEQpj8HBSa+/TImW+5JA"));
}

TEST(Item, ItsTextBeginsWithTheId) {
  EXPECT_EQ(make_item(*key("k"), R"("a":1)", 3)->json, R"({"id":"k","a":1})");
  EXPECT_EQ(make_item(*key("k\""), "", 0)->json, R"({"id":"k\""})");
}

TEST(Item, MayHave400KbAsDynamoDbCountsWithNameKeyAndMeta) {
  const std::size_t room = kMaxItemBytes - kMetaBytes - 2 - 1;
  EXPECT_TRUE(make_item(*key("k"), "", room));
  const auto refused = make_item(*key("k"), "", room + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::item_too_large);
}

}  // namespace
}  // namespace picus
