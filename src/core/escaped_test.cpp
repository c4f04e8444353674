#include "core/escaped.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

TEST(Escaped, ControlsOtherThanTheEndOfALineAreEscaped) {
  EXPECT_EQ(escaped_controls("a\x1b[2J\tb\r\n\x7f"), "a\\u001b[2J\\u0009b\\u000d\n\\u007f");
  EXPECT_EQ(escaped_controls("\xC2\x9B"
                             "31m"),
            "\\u009b31m");
}

TEST(Escaped, OtherTextStaysAsItIs) {
  EXPECT_EQ(escaped_controls("d\xC3\xA9j\xC3\xA0 \xC2\xA0\\\" \xC2"),
            "d\xC3\xA9j\xC3\xA0 \xC2\xA0\\\" \xC2");
  EXPECT_EQ(escaped_controls(""), "");
}

TEST(Escaped, AUrlIsShownWithoutUserAndPassword) {
  EXPECT_EQ(without_userinfo("http://host:80/a"), "http://host:80/a");
  EXPECT_EQ(without_userinfo("http://user:secret@host:80"), "http://***@host:80");
  EXPECT_EQ(without_userinfo("https://user@host"), "https://***@host");
  EXPECT_EQ(without_userinfo("http://user:se@cr/e?t@host"), "http://***@host");
  EXPECT_EQ(without_userinfo("user:secret@host"), "***@host");
  EXPECT_EQ(without_userinfo("user:secret@http://host"), "***@http://host");
  EXPECT_EQ(without_userinfo(""), "");
}

TEST(Escaped, OfALongInputOnlyTheBeginningIsShown) {
  EXPECT_EQ(shown_input(std::string(40, 'a')), std::string(40, 'a'));
  EXPECT_EQ(shown_input(std::string(41, 'a')), "aaaaaaaa...");
  EXPECT_EQ(shown_input("http://" + std::string(100, 'p') + "@host"), "http://***@host");
}

}  // namespace
}  // namespace picus
