#include "store/lmdb/record.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "store/lmdb/crc32c.h"
#include "store/testing/store_testing.h"

namespace picus {
namespace {

constexpr std::size_t kRecordFlagsAt = 1;
constexpr std::string_view kKey = "key";

Record record_with(std::string_view json, std::optional<IdempotencyHash> idempotency = {}) {
  return {.etag = Etag::of(json),
          .created_ms = 1,
          .updated_ms = 2,
          .created_by_last_put = true,
          .idempotency = idempotency,
          .json = json};
}

std::string bytes_of(const Record& record, Layout layout = Layout::with_checksum) {
  std::string bytes(record_bytes(record, layout), '?');
  write_record(kKey, record, layout, bytes);
  return bytes;
}

TEST(Record, ComesBackAsItWasWritten) {
  for (const std::string& json : {std::string(), std::string(R"({"id":"k"})"),
                                  std::string(400'000, 'x'), std::string(3, '\0')}) {
    for (const bool created : {true, false}) {
      for (const auto& idempotency : {std::optional<IdempotencyHash>(), std::optional(hash(7))}) {
        Record record = record_with(json, idempotency);
        record.created_ms = std::numeric_limits<std::int64_t>::min();
        record.updated_ms = std::numeric_limits<std::int64_t>::max();
        record.created_by_last_put = created;
        for (const Layout layout : {Layout::without_checksum, Layout::with_checksum}) {
          const std::string bytes = bytes_of(record, layout);
          EXPECT_EQ(layout_of(bytes), layout);
          const auto read = read_record(kKey, bytes);
          ASSERT_TRUE(read);
          EXPECT_EQ(read->etag, record.etag);
          EXPECT_EQ(read->created_ms, record.created_ms);
          EXPECT_EQ(read->updated_ms, record.updated_ms);
          EXPECT_EQ(read->created_by_last_put, created);
          EXPECT_EQ(read->idempotency, idempotency);
          EXPECT_EQ(read->json, json);
          EXPECT_EQ(read_record_json(kKey, bytes), json);
        }
      }
    }
  }
}

TEST(Record, RefersToTheBytesItWasReadFrom) {
  const std::string bytes = bytes_of(record_with("{}"));
  EXPECT_EQ(read_record(kKey, bytes)->json.data(), bytes.data() + bytes.size() - 2);
}

// What earlier versions wrote has to be read for ever: a change here is a new layout.
TEST(Record, ItsLayoutsOnDiskAreFixed) {
  static_assert(std::endian::native == std::endian::little, "the times below are written so");
  std::string tail(Etag::of("{}").text());
  tail += std::string_view("\1\0\0\0\0\0\0\0", 8);
  tail += std::string_view("\2\0\0\0\0\0\0\0", 8);
  const std::string repeatable = tail + std::string(16, '\7') + "{}";
  Record replaced = record_with("{}");
  replaced.created_by_last_put = false;

  constexpr Layout kOne = Layout::without_checksum;
  EXPECT_EQ(bytes_of(record_with("{}"), kOne), "\x01\x01" + tail + "{}");
  EXPECT_EQ(bytes_of(record_with("{}", hash(7)), kOne), "\x01\x03" + repeatable);
  EXPECT_EQ(bytes_of(replaced, kOne), std::string("\x01\x00", 2) + tail + "{}");

  const auto expected = [](const std::string& begin, const std::string& rest) {
    const std::uint32_t sum = crc32c(0, std::string(kKey) + begin + rest);
    return begin + std::string(std::bit_cast<std::array<char, 4>>(sum).data(), 4) + rest;
  };
  EXPECT_EQ(bytes_of(record_with("{}")), expected("\x02\x01", tail + "{}"));
  EXPECT_EQ(bytes_of(record_with("{}", hash(7))), expected("\x02\x03", repeatable));
  EXPECT_EQ(bytes_of(replaced), expected(std::string("\x02\x00", 2), tail + "{}"));
}

TEST(Record, WithAnAlteredByteIsNone) {
  for (const auto& idempotency : {std::optional<IdempotencyHash>(), std::optional(hash(7))}) {
    std::string bytes = bytes_of(record_with(R"({"id":"key"})", idempotency));
    for (char& byte : bytes) {
      for (const int bit : {1, 8, 0x40}) {
        byte = static_cast<char>(byte ^ bit);
        EXPECT_FALSE(read_record(kKey, bytes)) << &byte - bytes.data();
        EXPECT_FALSE(read_record_json(kKey, bytes)) << &byte - bytes.data();
        byte = static_cast<char>(byte ^ bit);
      }
    }
    EXPECT_TRUE(read_record(kKey, bytes));
    EXPECT_FALSE(read_record(kKey, bytes + "x"));
  }
}

TEST(Record, OfAnotherKeyIsNone) {
  const std::string bytes = bytes_of(record_with("{}"));
  for (const char* key : {"", "k", "keys", "Key"}) EXPECT_FALSE(read_record(key, bytes)) << key;
}

TEST(Record, ThatEndsWithinItsHeaderIsNone) {
  for (const auto& idempotency : {std::optional<IdempotencyHash>(), std::optional(hash(7))}) {
    const std::string bytes = bytes_of(record_with("", idempotency), Layout::without_checksum);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(0, size);
      EXPECT_FALSE(read_record(kKey, part)) << size;
      EXPECT_FALSE(read_record_json(kKey, part)) << size;
    }
    EXPECT_TRUE(read_record(kKey, bytes));
    EXPECT_EQ(read_record_json(kKey, bytes), "");
  }
}

TEST(Record, OfAnotherLayoutIsNone) {
  for (const Layout written : {Layout::without_checksum, Layout::with_checksum}) {
    std::string bytes = bytes_of(record_with(std::string(20, 'A')), written);
    for (int layout = 0; layout < 256; ++layout) {
      bytes[0] = static_cast<char>(layout);
      const bool same = layout == static_cast<int>(written);
      EXPECT_EQ(read_record(kKey, bytes).has_value(), same) << layout;
    }
  }
}

TEST(Record, WithAFlagOfALaterVersionIsNone) {
  std::string bytes = bytes_of(record_with("{}", hash(7)), Layout::without_checksum);
  for (int flags = 0; flags < 256; ++flags) {
    bytes[kRecordFlagsAt] = static_cast<char>(flags);
    // Without the idempotency hash another text begins, which is not that of the tag.
    const bool known = flags == 2 || flags == 3;
    EXPECT_EQ(read_record(kKey, bytes).has_value(), known) << flags;
    EXPECT_EQ(read_record_json(kKey, bytes).has_value(), known) << flags;
  }
}

TEST(Record, OfLayout1WithAnAlteredTextIsNone) {
  std::string bytes = bytes_of(record_with(R"({"id":"key"})"), Layout::without_checksum);
  EXPECT_TRUE(read_record_json(kKey, bytes));
  bytes.back() ^= 1;
  EXPECT_FALSE(read_record_json(kKey, bytes));
  EXPECT_FALSE(read_record_json(kKey, std::string(500, '\1')));
}

TEST(Record, WithATagThatCannotBeOneIsNone) {
  std::string bytes = bytes_of(record_with("{}"), Layout::without_checksum);
  bytes[2] = '"';
  EXPECT_FALSE(read_record(kKey, bytes));
}

}  // namespace
}  // namespace picus
