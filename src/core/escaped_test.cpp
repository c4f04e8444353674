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

}  // namespace
}  // namespace picus
