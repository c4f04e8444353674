#include "telemetry/utc_time.h"

#include <gtest/gtest.h>

#include <string>

namespace picus {
namespace {

using namespace std::chrono_literals;
using Micros = std::chrono::sys_time<std::chrono::microseconds>;

Micros at(int year, int month, int day, std::chrono::microseconds clock = 0us) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day) + clock;
}

std::string text(Micros time) {
  UtcTime utc;
  return std::string(utc.rfc3339(time));
}

TEST(UtcTime, ATimeIsRfc3339WithMicroseconds) {
  EXPECT_EQ(text(at(2026, 11, 24, 7h + 15min + 2s + 123456us)), "2026-11-24T07:15:02.123456Z");
}

TEST(UtcTime, TheEpochIsAllZeros) { EXPECT_EQ(text(Micros{}), "1970-01-01T00:00:00.000000Z"); }

TEST(UtcTime, EveryFieldHasItsLeadingZeros) {
  EXPECT_EQ(text(at(2001, 2, 3, 4h + 5min + 6s + 7us)), "2001-02-03T04:05:06.000007Z");
  EXPECT_EQ(text(at(987, 6, 5)), "0987-06-05T00:00:00.000000Z");
}

TEST(UtcTime, TimesBeforeTheEpochCountUpwardsToo) {
  EXPECT_EQ(text(Micros{-1us}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(text(Micros{-1s}), "1969-12-31T23:59:59.000000Z");
  EXPECT_EQ(text(Micros{-1s - 1us}), "1969-12-31T23:59:58.999999Z");
}

TEST(UtcTime, TheFirstAndTheLastYearAreWritten) {
  EXPECT_EQ(text(at(0, 1, 1)), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(text(at(9999, 12, 31, 24h - 1us)), "9999-12-31T23:59:59.999999Z");
}

TEST(UtcTime, LeapDaysAreThere) {
  EXPECT_EQ(text(at(2000, 2, 29)), "2000-02-29T00:00:00.000000Z");
  EXPECT_EQ(text(at(2024, 2, 28, 24h)), "2024-02-29T00:00:00.000000Z");
  EXPECT_EQ(text(at(2100, 2, 28, 24h)), "2100-03-01T00:00:00.000000Z");
}

// The system's clock has no second 60: it repeats or smears one, and both neighbours stay valid.
TEST(UtcTime, ALeapSecondsNeighboursAreAdjacent) {
  const Micros midnight = at(2017, 1, 1);
  EXPECT_EQ(text(midnight - 1us), "2016-12-31T23:59:59.999999Z");
  EXPECT_EQ(text(midnight), "2017-01-01T00:00:00.000000Z");
}

TEST(UtcTime, WhatIsKeptWithinASecondIsNotKeptBeyondIt) {
  UtcTime utc;
  const Micros evening = at(2026, 12, 31, 23h + 59min + 59s);
  EXPECT_EQ(utc.rfc3339(evening + 999999us), "2026-12-31T23:59:59.999999Z");
  EXPECT_EQ(utc.rfc3339(evening + 5us), "2026-12-31T23:59:59.000005Z");
  EXPECT_EQ(utc.rfc3339(evening + 1s), "2027-01-01T00:00:00.000000Z");
  EXPECT_EQ(utc.rfc3339(evening), "2026-12-31T23:59:59.000000Z");  // the clock was set back
}

}  // namespace
}  // namespace picus
