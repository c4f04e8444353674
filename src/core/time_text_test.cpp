#include "core/time_text.h"

#include <gtest/gtest.h>

namespace picus {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

constexpr Time kTime{1'795'555'800s};  // 2026-11-24T21:30:00Z

TEST(Iso8601, TimesAreReadWithFractionsAndOffsets) {
  EXPECT_EQ(parse_iso8601("2026-11-24T21:30:00Z"), kTime);
  EXPECT_EQ(parse_iso8601("2026-11-24T21:30:00.123456Z"), kTime);
  EXPECT_EQ(parse_iso8601("2026-11-24T21:30:00+00:00"), kTime);
  EXPECT_EQ(parse_iso8601("2026-11-24T23:00:00+01:30"), kTime);
  EXPECT_EQ(parse_iso8601("2026-11-24T18:00:00-0330"), kTime);
  EXPECT_EQ(parse_iso8601("1970-01-01T00:00:00Z"), Time{});
}

// A signed overflow, once: "never" came out as a time long past.
TEST(Iso8601, TimesThatTheClockCannotHoldAreItsLastAndFirst) {
  using std::chrono::hours;
  EXPECT_GT(parse_iso8601("9999-12-31T23:59:59Z"), Time::max() - hours(1));
  EXPECT_LT(parse_iso8601("0001-01-01T00:00:00Z"), Time::min() + hours(1));
}

TEST(Iso8601, WhatIsNoTimeIsRefused) {
  for (const std::string_view text :
       {"", "2026", "2026-11-24", "2026-11-24T21:30:00", "2026-13-24T21:30:00Z",
        "2026-02-30T21:30:00Z", "2026-11-24T24:30:00Z", "2026-11-24T21:60:00Z",
        "2026-11-24 21:30:00Z", "2026-11-24T21:30:00Z ", "2026-11-24T21:30:00+1",
        "-026-11-24T21:30:00Z", "2026-1-24T21:30:00Z", "2026-11-24T21:30:0xZ"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

TEST(Iso8601, IsWrittenForTheYears0To9999) {
  using std::chrono::sys_seconds;
  EXPECT_EQ(iso8601(sys_seconds(std::chrono::seconds(-62'167'219'200))), "0000-01-01T00:00:00Z");
  EXPECT_EQ(iso8601(sys_seconds(std::chrono::seconds(-1))), "1969-12-31T23:59:59Z");
  EXPECT_EQ(iso8601(sys_seconds(std::chrono::seconds(253'402'300'799))), "9999-12-31T23:59:59Z");
}

}  // namespace
}  // namespace picus
