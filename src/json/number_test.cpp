#include "json/number.h"

#include <gtest/gtest.h>

#include <string>

namespace picus::json {
namespace {

std::string scientific(std::string_view text) {
  std::string out;
  append_scientific(out, text);
  return out;
}

TEST(Number, OnlyJsonsGrammarIsANumber) {
  for (const char* text : {"0", "-0", "7", "10", "1.5", "-0.001", "1e5", "1E-5", "2.50e+10"}) {
    EXPECT_TRUE(is_number(text)) << text;
  }
  for (const char* text : {"", "-", "+1", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "1e5.0",
                           " 1", "1 ", "0x1", "1a", "--1", "NaN", "Infinity", "1,0"}) {
    EXPECT_FALSE(is_number(text)) << text;
  }
}

TEST(Number, EveryValueHasOneScientificSpelling) {
  EXPECT_EQ(scientific("0"), "0");
  EXPECT_EQ(scientific("-0.0e500"), "0");
  EXPECT_EQ(scientific("1"), "1");
  EXPECT_EQ(scientific("10"), "1E1");
  EXPECT_EQ(scientific("-1200.50"), "-1.2005E3");
  EXPECT_EQ(scientific("0.00125e-4"), "1.25E-7");
  EXPECT_EQ(scientific("100000000000000000000000000000000000000000e-2"), "1E39");
  EXPECT_EQ(scientific("99999999999999999999999999999999999999E+88"),
            "9.9999999999999999999999999999999999999E125");
}

}  // namespace
}  // namespace picus::json
