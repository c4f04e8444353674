#include "core/concat.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace picus {
namespace {

TEST(Concat, PutsTextsCharactersAndNumbersTogether) {
  const std::string text = "text";
  EXPECT_EQ(concat(), "");
  EXPECT_EQ(concat(text, ' ', 1, std::string_view("/"), std::uint8_t{65}, "/", -7L),
            "text 1/65/-7");
  EXPECT_EQ(concat(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(concat(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

}  // namespace
}  // namespace picus
