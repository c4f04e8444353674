#include "store/lmdb/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace picus {
namespace {

// The examples of RFC 3720, B.4, and the check value of the catalogue of CRCs.
TEST(Crc32c, IsThatOfRfc3720) {
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
  const std::string descending(ascending.rbegin(), ascending.rend());
  for (const auto function : {crc32c, portable_crc32c}) {
    EXPECT_EQ(function(0, ""), 0U);
    EXPECT_EQ(function(0, "123456789"), 0xE3069283U);
    EXPECT_EQ(function(0, std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(function(0, std::string(32, '\xFF')), 0x62A8AB43U);
    EXPECT_EQ(function(0, ascending), 0x46DD794EU);
    EXPECT_EQ(function(0, descending), 0x113FDB5CU);
  }
}

TEST(Crc32c, GoesOnFromAnEarlierPartAndIsTheSameWithoutTheInstruction) {
  std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same each time
  std::string bytes(300, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  const std::string_view all = bytes;
  for (std::size_t at = 0; at <= all.size(); ++at) {
    const std::uint32_t part = crc32c(0, all.substr(0, at));
    EXPECT_EQ(part, portable_crc32c(0, all.substr(0, at)));
    EXPECT_EQ(crc32c(part, all.substr(at)), portable_crc32c(0, all));
  }
}

}  // namespace
}  // namespace picus
