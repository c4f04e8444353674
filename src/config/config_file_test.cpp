#include "config/config_file.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

TEST(ConfigFile, LinesHaveAKeyAndAValue) {
  const auto lines =
      parse_config("# picus\n\ndata = ./items\r\n  listen=127.0.0.1:80,[::1]:80\n", "f");
  ASSERT_TRUE(lines) << lines.error();
  ASSERT_EQ(lines->size(), 2);
  EXPECT_EQ((*lines)[0].key, "data");
  EXPECT_EQ((*lines)[0].value, "./items");
  EXPECT_EQ((*lines)[0].line, 3);
  EXPECT_EQ((*lines)[1].key, "listen");
  EXPECT_EQ((*lines)[1].value, "127.0.0.1:80,[::1]:80");
}

TEST(ConfigFile, ACommentBeginsAfterWhiteSpace) {
  const auto lines = parse_config("data = a#b # c\nother = #nothing", "f");
  ASSERT_TRUE(lines);
  EXPECT_EQ((*lines)[0].value, "a#b");
  EXPECT_EQ((*lines)[1].value, "");
}

TEST(ConfigFile, AByteOrderMarkIsSkipped) {
  const auto lines = parse_config(
      "\xEF\xBB\xBF"
      "data = a",
      "f");
  ASSERT_TRUE(lines) << lines.error();
  EXPECT_EQ((*lines)[0].key, "data");
}

TEST(ConfigFile, AnErrorNamesFileAndLine) {
  EXPECT_EQ(parse_config("\n[serve]\n", "a.conf").error(),
            "a.conf:2: expected \"key = value\" or a comment, not \"[serve]\"");
  EXPECT_EQ(parse_config("= 1", "a.conf").error(),
            "a.conf:1: expected \"key = value\" or a comment, not \"= 1\"");
  EXPECT_EQ(parse_config("a = 1\nb = 2\na = 3", "a.conf").error(),
            "a.conf:3: a is already set in line 1");
  EXPECT_EQ(parse_config("a = \"b", "a.conf").error(),
            "a.conf:1: a: the quoted value has no closing quote");
  EXPECT_EQ(parse_config("a = \"b\", \"c\"", "a.conf").error(),
            "a.conf:1: a: text follows the closing quote: put the whole value in one pair");
  EXPECT_EQ(parse_config(R"(a = "C:\temp")", "a.conf").error(),
            R"(a.conf:1: a: unknown escape "\t" in a quoted value: give \\, \" or \n)");
}

TEST(ConfigFile, AFileThatCannotBeReadIsAnError) {
  EXPECT_EQ(read_config("/nowhere/picus.conf").error(),
            "/nowhere/picus.conf: No such file or directory");
  EXPECT_EQ(read_config("/").error(), "/: not a regular file");
  EXPECT_EQ(read_config("/dev/zero").error(), "/dev/zero: larger than 1048576 bytes");
}

TEST(ConfigFile, EveryValueReadsBackAsItWas) {
  for (const std::string value : {"plain", "", " edge ", "a #b", "#a", "\"quoted\"", "back\\slash",
                                  "two\nlines", "a=b", "tab\there", "\\n", "end\\"}) {
    const auto lines = parse_config("key = " + config_value(value) + "    # from a test", "f");
    ASSERT_TRUE(lines) << lines.error();
    EXPECT_EQ((*lines)[0].value, value);
  }
}

}  // namespace
}  // namespace picus
