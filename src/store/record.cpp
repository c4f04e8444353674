#include "store/record.h"

#include <algorithm>
#include <cstring>

namespace picus {
namespace {

constexpr unsigned char kLayout = 1;
constexpr unsigned char kCreatedFlag = 1;
constexpr unsigned char kIdempotencyFlag = 2;
constexpr unsigned char kKnownFlags = kCreatedFlag | kIdempotencyFlag;

constexpr std::size_t kFlagsAt = 1;
constexpr std::size_t kEtagAt = 2;
constexpr std::size_t kCreatedAt = kEtagAt + Etag::kBytes;
constexpr std::size_t kUpdatedAt = kCreatedAt + sizeof(std::int64_t);
constexpr std::size_t kFixedBytes = kUpdatedAt + sizeof(std::int64_t);
constexpr std::size_t kHashBytes = std::tuple_size_v<IdempotencyHash>;

std::int64_t time_at(std::string_view value, std::size_t offset) {
  std::int64_t time = 0;
  std::memcpy(&time, value.data() + offset, sizeof time);
  return time;
}

unsigned char flags_of(std::string_view value) {
  return static_cast<unsigned char>(value[kFlagsAt]);
}

std::size_t header_bytes(unsigned char flags) {
  return kFixedBytes + ((flags & kIdempotencyFlag) != 0 ? kHashBytes : 0);
}

}  // namespace

std::size_t record_bytes(const Record& record) {
  return kFixedBytes + (record.idempotency ? kHashBytes : 0) + record.json.size();
}

void write_record(const Record& record, std::span<char> target) {
  const int flags =
      (record.created_by_last_put ? kCreatedFlag : 0) | (record.idempotency ? kIdempotencyFlag : 0);
  target[0] = static_cast<char>(kLayout);
  target[kFlagsAt] = static_cast<char>(flags);
  std::ranges::copy(record.etag.text(), target.data() + kEtagAt);
  std::memcpy(target.data() + kCreatedAt, &record.created_ms, sizeof record.created_ms);
  std::memcpy(target.data() + kUpdatedAt, &record.updated_ms, sizeof record.updated_ms);
  char* text = target.data() + kFixedBytes;
  if (record.idempotency) {
    std::memcpy(text, record.idempotency->data(), kHashBytes);
    text += kHashBytes;
  }
  std::ranges::copy(record.json, text);
}

std::optional<std::string_view> read_record_json(std::string_view value) {
  if (value.size() < kFixedBytes || static_cast<unsigned char>(value[0]) != kLayout) {
    return std::nullopt;
  }
  const unsigned char flags = flags_of(value);
  if ((flags & ~kKnownFlags) != 0 || value.size() < header_bytes(flags)) return std::nullopt;
  return value.substr(header_bytes(flags));
}

std::optional<Record> read_record(std::string_view value) {
  const auto json = read_record_json(value);
  if (!json) return std::nullopt;
  const auto etag = Etag::parse(value.substr(kEtagAt, Etag::kBytes));
  if (!etag) return std::nullopt;
  const unsigned char flags = flags_of(value);
  Record record{.etag = *etag,
                .created_ms = time_at(value, kCreatedAt),
                .updated_ms = time_at(value, kUpdatedAt),
                .created_by_last_put = (flags & kCreatedFlag) != 0,
                .idempotency = std::nullopt,
                .json = *json};
  if ((flags & kIdempotencyFlag) != 0) {
    std::memcpy(record.idempotency.emplace().data(), value.data() + kFixedBytes, kHashBytes);
  }
  return record;
}

}  // namespace picus
