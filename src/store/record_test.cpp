#include "store/record.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "store/store_testing.h"

namespace picus {
namespace {

constexpr std::size_t kRecordFlagsAt = 1;
constexpr std::size_t kEtagAt = 2;

Record record_with(std::string_view json, std::optional<IdempotencyHash> idempotency = {}) {
  return {.etag = Etag::of(json),
          .created_ms = 1,
          .updated_ms = 2,
          .created_by_last_put = true,
          .idempotency = idempotency,
          .json = json};
}

std::string bytes_of(const Record& record) {
  std::string bytes(record_bytes(record), '?');
  write_record(record, bytes);
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
        const std::string bytes = bytes_of(record);
        const auto read = read_record(bytes);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->etag, record.etag);
        EXPECT_EQ(read->created_ms, record.created_ms);
        EXPECT_EQ(read->updated_ms, record.updated_ms);
        EXPECT_EQ(read->created_by_last_put, created);
        EXPECT_EQ(read->idempotency, idempotency);
        EXPECT_EQ(read->json, json);
        EXPECT_EQ(read_record_json(bytes), json);
      }
    }
  }
}

TEST(Record, RefersToTheBytesItWasReadFrom) {
  const std::string bytes = bytes_of(record_with("{}"));
  EXPECT_EQ(read_record(bytes)->json.data(), bytes.data() + bytes.size() - 2);
}

// What earlier versions wrote has to be read for ever: a change here is a new layout.
TEST(Record, ItsLayoutOnDiskIsFixed) {
  static_assert(std::endian::native == std::endian::little, "the times below are written so");
  std::string plain("\x01\x01", 2);
  plain += Etag::of("{}").text();
  plain += std::string_view("\1\0\0\0\0\0\0\0", 8);
  plain += std::string_view("\2\0\0\0\0\0\0\0", 8);
  EXPECT_EQ(bytes_of(record_with("{}")), plain + "{}");

  std::string repeatable = plain + std::string(16, '\7') + "{}";
  repeatable[kRecordFlagsAt] = 3;
  EXPECT_EQ(bytes_of(record_with("{}", hash(7))), repeatable);

  Record replaced = record_with("{}");
  replaced.created_by_last_put = false;
  plain[kRecordFlagsAt] = 0;
  EXPECT_EQ(bytes_of(replaced), plain + "{}");
}

TEST(Record, ThatEndsWithinItsHeaderIsNone) {
  for (const auto& idempotency : {std::optional<IdempotencyHash>(), std::optional(hash(7))}) {
    const std::string bytes = bytes_of(record_with("", idempotency));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(0, size);
      EXPECT_FALSE(read_record(part)) << size;
      EXPECT_FALSE(read_record_json(part)) << size;
    }
    EXPECT_TRUE(read_record(bytes));
    EXPECT_EQ(read_record_json(bytes), "");
  }
}

TEST(Record, OfAnotherLayoutIsNone) {
  std::string bytes = bytes_of(record_with("{}"));
  for (int layout = 0; layout < 256; ++layout) {
    bytes[0] = static_cast<char>(layout);
    EXPECT_EQ(read_record(bytes).has_value(), layout == 1) << layout;
    EXPECT_EQ(read_record_json(bytes).has_value(), layout == 1) << layout;
  }
}

TEST(Record, WithAFlagOfALaterVersionIsNone) {
  std::string bytes = bytes_of(record_with("{}", hash(7)));
  for (int flags = 0; flags < 256; ++flags) {
    bytes[kRecordFlagsAt] = static_cast<char>(flags);
    EXPECT_EQ(read_record(bytes).has_value(), flags < 4) << flags;
    EXPECT_EQ(read_record_json(bytes).has_value(), flags < 4) << flags;
  }
}

TEST(Record, WithATagThatCannotBeOneIsNone) {
  std::string bytes = bytes_of(record_with("{}"));
  bytes[kEtagAt] = '"';
  EXPECT_FALSE(read_record(bytes));
}

}  // namespace
}  // namespace picus
