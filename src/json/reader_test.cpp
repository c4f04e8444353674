#include "json/reader.h"

#include <gtest/gtest.h>

#include <string>

namespace picus::json {
namespace {

bool is_json(std::string_view text) {
  Reader in(text);
  return in.skip() && in.end();
}

TEST(Reader, TakesWhatIsJson) {
  for (const char* text :
       {"{}", "[]", " [ ] ", R"({"a":1})", R"( { "a" : [ 1 , -2.5e3 , { } ] , "b" : null } )",
        R"("\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\uDE00")", "true", "false", "0", "\"\u00e9\x7f\"",
        "\t\r\n1"}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(Reader, RefusesWhatIsNotJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "}",
                           "{]",
                           "[}",
                           "{,}",
                           "[,]",
                           "[1,]",
                           R"({"a":1,})",
                           "[1 2]",
                           "{1:2}",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a" 1})",
                           "\"",
                           "\"\\\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12G4\"",
                           "\"\\u+123\"",
                           "\"a\nb\"",
                           "tru",
                           "nul",
                           "True",
                           "01",
                           "1.",
                           "-",
                           "1 1",
                           "{}{}",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\ud800x\"",
                           "\"\xff\"",
                           "\"\xc3\"",
                           "\"\xed\xa0\x80\"",
                           "'a'"}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
}

TEST(Reader, DepthHasALimit) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(is_json(nested(Reader::kMaxDepth)));
  EXPECT_FALSE(is_json(nested(Reader::kMaxDepth + 1)));
  EXPECT_FALSE(is_json(std::string(1'000'000, '[')));
  EXPECT_FALSE(is_json(std::string(1'000'000, '{')));
}

TEST(Reader, WalksThroughMembersAndElements) {
  Reader in(R"( {"a" : [1, 22] , "\u0062":"x\ny"} )");
  std::string buffer;
  ASSERT_TRUE(in.enter('{'));
  ASSERT_TRUE(in.next('}'));
  EXPECT_EQ(in.name()->text, "a");
  ASSERT_TRUE(in.enter('['));
  ASSERT_TRUE(in.next(']'));
  EXPECT_EQ(in.number(), "1");
  ASSERT_TRUE(in.next(']'));
  EXPECT_EQ(in.number(), "22");
  ASSERT_FALSE(in.next(']'));
  ASSERT_TRUE(in.next('}'));
  const auto name = in.name();
  ASSERT_TRUE(name);
  EXPECT_TRUE(name->escaped);
  EXPECT_EQ(name->unescaped(buffer), "b");
  EXPECT_EQ(in.string()->unescaped(buffer), "x\ny");
  EXPECT_FALSE(in.next('}'));
  EXPECT_TRUE(in.end());
  EXPECT_FALSE(in.failed());
}

TEST(Reader, AFailureStays) {
  Reader in("[1,x]");
  EXPECT_FALSE(in.skip());
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.error(), "at byte 3: expected a value");
  EXPECT_EQ(in.peek(), '\0');
  EXPECT_FALSE(in.next(']'));
  EXPECT_FALSE(in.string());
  EXPECT_FALSE(in.boolean());
  EXPECT_FALSE(in.end());
  EXPECT_EQ(in.error(), "at byte 3: expected a value");
}

TEST(Reader, EscapesComeBackInTheirShortestForm) {
  Reader in(R"("\u0041\u00e9\/\u000a\u0001\ud83d\ude00\"\u007f")");
  std::string out;
  in.string()->append_to(out);
  EXPECT_EQ(out, "A\u00e9/\\n\\u0001\U0001F600\\\"\x7f");
}

}  // namespace
}  // namespace picus::json
