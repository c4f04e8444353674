#include "json/text.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace picus::json {
namespace {

using namespace std::string_literals;

std::string as_string(std::string_view text) {
  std::string out = "kept:";
  append_string(out, text);
  return out;
}

TEST(Text, AStringIsQuotedAndAppended) {
  EXPECT_EQ(as_string(""), "kept:\"\"");
  EXPECT_EQ(as_string("abc"), "kept:\"abc\"");
}

TEST(Text, ANameIsUnchangedBeforeAString) {
  std::string out = "kept";
  append_member(out, ",\"a\":", "plain");
  append_member(out, ",\"b\":", "\"");
  append_member(out, ",\"c\":", "a long text with a tab\t and more");
  EXPECT_EQ(out, R"(kept,"a":"plain","b":"\"","c":"a long text with a tab\t and more")");
}

TEST(Text, OnlyWhatMustBeIsEscapedInTheShortestForm) {
  EXPECT_EQ(as_string("\"\\/\b\f\n\r\t"), R"(kept:"\"\\/\b\f\n\r\t")");
  EXPECT_EQ(as_string("\0\x01\x1f\x20\x7f"s), "kept:\"\\u0000\\u0001\\u001f \x7f\"");
  EXPECT_EQ(as_string("\u00e9\u20ac\U0001F600\U0010FFFF"),
            "kept:\"\u00e9\u20ac\U0001F600\U0010FFFF\"");
}

TEST(Text, EveryByteComesBackThroughAParser) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "b";
    std::string json;
    append_string(json, text);
    EXPECT_EQ(boost::json::parse(json).as_string(), text) << byte;
  }
}

TEST(Text, EveryByteIsTheSameAtEveryPlaceOfALongText) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    std::string alone;
    append_string(alone, one);
    const std::string inner = alone.substr(1, alone.size() - 2);
    for (std::size_t place = 0; place < 18; ++place) {
      const std::string before(place, '!');
      const std::string after(17 - place, '~');
      std::string json;
      append_string(json, before + one + after);
      EXPECT_EQ(json, '"' + before + inner + after + '"') << byte << " at " << place;
    }
  }
}

TEST(Text, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  // One for each maximal part of a sequence (Unicode, section 3.9).
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a\x80z", "a\uFFFDz"},
      {"a\xFFz", "a\uFFFDz"},
      {"\xC0\xAF", "\uFFFD\uFFFD"},
      {"\xC3", "\uFFFD"},
      {"\xC3\"", "\uFFFD\\\""},
      {"\xE2\x82", "\uFFFD"},
      {"\xE2\x82z", "\uFFFDz"},
      {"\xE0\x80\x80", "\uFFFD\uFFFD\uFFFD"},
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"\xF0\x9F\x98", "\uFFFD"},
      {"\xF0\x9F\x98\xE2\x82\xAC", "\uFFFD\u20ac"},
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"\xF8\x88\x80\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"\u00e9\xC3\u00e9\n", "\u00e9\uFFFD\u00e9\\n"},
  };
  for (const auto& [text, want] : cases) {
    EXPECT_EQ(as_string(text), "kept:\"" + std::string(want) + "\"");
  }
}

TEST(Text, TheInsideOfAStringIsEscapedWithoutQuotes) {
  std::string out = "\"";
  append_escaped(out, "a\n\"b\u00e9");
  EXPECT_EQ(out, "\"a\\n\\\"b\u00e9");
}

TEST(Utf8, RefusesOverlongFormsAndWhatIsBeyondUnicode) {
  EXPECT_FALSE(json::is_utf8("\xC0\xAF"));
  EXPECT_FALSE(json::is_utf8("\xE0\x80\xAF"));
  EXPECT_FALSE(json::is_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(json::is_utf8("\xE6\x9D"));
  EXPECT_TRUE(json::is_utf8(""));
  EXPECT_TRUE(json::is_utf8("\xF4\x8F\xBF\xBF"));
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string text(before, 'a');
    EXPECT_TRUE(json::is_utf8(text + "\u00e9b")) << before;
    EXPECT_FALSE(json::is_utf8(text + "\xE9" + "b")) << before;
    EXPECT_FALSE(json::is_utf8(text + "\xC3")) << before;
  }
}

}  // namespace
}  // namespace picus::json
