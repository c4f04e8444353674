#include "api/gunzip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "api/testing/gzip.h"

namespace picus {
namespace {

struct Decoded {
  std::string text;
  Gunzip::Fault fault;
  bool complete;
};

Decoded decode(std::string_view data, std::size_t piece_bytes = 1'000'000) {
  Gunzip gunzip;
  std::string all;
  while (!data.empty()) {
    gunzip.feed(data.substr(0, piece_bytes));
    data.remove_prefix(std::min(piece_bytes, data.size()));
    for (std::string_view text = gunzip.next(); !text.empty(); text = gunzip.next()) all += text;
  }
  return {.text = all, .fault = gunzip.fault(), .complete = gunzip.complete()};
}

std::string some_text(std::size_t bytes) {
  std::string text;
  for (unsigned i = 0; text.size() < bytes; ++i) text += std::to_string(i * 2654435761U);
  return text;
}

TEST(Gunzip, TextIsTheSameHoweverTheDataArrives) {
  for (const std::size_t bytes : {0UZ, 1UZ, 5000UZ, 16UZ * 1024, 100'000UZ}) {
    const std::string text = some_text(bytes).substr(0, bytes);
    const std::string data = gzip(text);
    for (const std::size_t piece_bytes : {1UZ, 7UZ, 4096UZ, 1'000'000UZ}) {
      const Decoded decoded = decode(data, piece_bytes);
      EXPECT_EQ(decoded.text, text) << piece_bytes;
      EXPECT_TRUE(decoded.complete);
    }
  }
}

TEST(Gunzip, MembersAreOneTextAndZerosBehindOneAreNothing) {
  const std::string zeros(1000, '\0');
  const std::string data = gzip("one ") + gzip("") + gzip("two") + zeros + gzip(" three") + zeros;
  for (const std::size_t piece_bytes : {1UZ, 13UZ, 1'000'000UZ}) {
    const Decoded decoded = decode(data, piece_bytes);
    EXPECT_EQ(decoded.text, "one two three");
    EXPECT_TRUE(decoded.complete);
  }
}

TEST(Gunzip, DataThatEndsAnywhereElseIsNotComplete) {
  const std::string data = gzip("some text") + gzip("and more");
  const std::size_t first = gzip("some text").size();
  for (std::size_t bytes = 0; bytes < data.size(); ++bytes) {
    if (bytes == first) continue;
    const Decoded decoded = decode(std::string_view(data).substr(0, bytes));
    EXPECT_FALSE(decoded.complete) << bytes;
    EXPECT_EQ(decoded.fault, Gunzip::Fault::none) << bytes;
  }
}

TEST(Gunzip, OtherDataIsNamed) {
  const std::string good = gzip("some text");
  EXPECT_EQ(decode("{\"id\":1}").fault, Gunzip::Fault::no_gzip);
  EXPECT_EQ(decode("\x1f\x9d old").fault, Gunzip::Fault::no_gzip);
  EXPECT_EQ(decode(std::string(4, '\0') + good).fault, Gunzip::Fault::no_gzip);
  EXPECT_EQ(decode(good + "x").fault, Gunzip::Fault::trailing);
  EXPECT_EQ(decode(good + "x").text, "some text");
  EXPECT_EQ(decode(good + std::string(3, '\0') + "\n").fault, Gunzip::Fault::trailing);
  EXPECT_FALSE(decode(good + "x").complete);
}

TEST(Gunzip, AFlippedBitIsNoticed) {
  const std::string text = some_text(500);
  const std::string good = gzip(text);
  for (std::size_t at = 10; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    const Decoded decoded = decode(bad);
    // Some bits before the checksum only fill a byte.
    EXPECT_TRUE(!decoded.complete || decoded.text == text) << at;
  }
}

}  // namespace
}  // namespace picus
