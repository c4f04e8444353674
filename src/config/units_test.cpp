#include "config/units.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

using namespace std::chrono_literals;

TEST(Units, DurationsHaveAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("75s"), 75s);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Units, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "s", "75", "75 s", " 75s", "-1s", "+1s", "1.5s", "75S", "75sec",
                           "1h30m", "99999999999999999999s", "18446744073709551615h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Units, DurationsAreWrittenInTheLargestUnitThatKeepsThemWhole) {
  EXPECT_EQ(format_duration(0ms), "0s");
  EXPECT_EQ(format_duration(75s), "75s");
  EXPECT_EQ(format_duration(120s), "2m");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(24h), "24h");
}

TEST(Units, SizesAreBytesOrHaveABinaryUnit) {
  EXPECT_EQ(parse_size("4096"), 4096);
  EXPECT_EQ(parse_size("16KiB"), 16384);
  EXPECT_EQ(parse_size("1MiB"), 1048576);
  EXPECT_EQ(parse_size("2GiB"), 2147483648);
}

TEST(Units, WhatIsNoSizeIsRefused) {
  for (const char* text : {"", "KiB", "1KB", "1kib", "1 KiB", "-1", "1.5MiB", "0x10",
                           "18446744073709551616", "17179869184GiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Units, SizesReadBackAsTheyAreWritten) {
  for (const std::uint64_t bytes :
       {0ULL, 1ULL, 1000ULL, 1024ULL, 16384ULL, 1048576ULL, 1048577ULL}) {
    EXPECT_EQ(parse_size(format_size(bytes)), bytes);
  }
  EXPECT_EQ(format_size(16384), "16KiB");
}

TEST(Units, CountsAreGroupedFromFiveDigitsOn) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(7910), "7910");
  EXPECT_EQ(format_count(19775), "19 775");
  EXPECT_EQ(format_count(123456), "123 456");
  EXPECT_EQ(format_count(1234567), "1 234 567");
}

TEST(Units, BytesAndTimesAreRoundedForPeople) {
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(3400), "3.4 kB");
  EXPECT_EQ(format_bytes(34'500'000), "34.5 MB");
  EXPECT_EQ(format_bytes(1'200'000'000), "1.2 GB");
  EXPECT_EQ(format_elapsed(0ms), "0 ms");
  EXPECT_EQ(format_elapsed(99ms), "99 ms");
  EXPECT_EQ(format_elapsed(100ms), "0.1 s");
  EXPECT_EQ(format_elapsed(440ms), "0.4 s");
  EXPECT_EQ(format_elapsed(59'900ms), "59.9 s");
  EXPECT_EQ(format_elapsed(65s), "1:05");
  EXPECT_EQ(format_elapsed(3725s), "1:02:05");
}

}  // namespace
}  // namespace picus
