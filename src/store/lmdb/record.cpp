#include "store/lmdb/record.h"

#include <cstring>

#include "store/lmdb/crc32c.h"

namespace picus {
namespace {

constexpr unsigned char kCreatedFlag = 1;
constexpr unsigned char kIdempotencyFlag = 2;
constexpr unsigned char kKnownFlags = kCreatedFlag | kIdempotencyFlag;

constexpr std::size_t kFlagsAt = 1;
constexpr std::size_t kChecksumAt = 2;
constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);
constexpr std::size_t kTimesBytes = 2 * sizeof(std::int64_t);
constexpr std::size_t kHashBytes = std::tuple_size_v<IdempotencyHash>;

std::int64_t time_at(std::string_view value, std::size_t offset) {
  std::int64_t time = 0;
  std::memcpy(&time, value.data() + offset, sizeof time);
  return time;
}

unsigned char flags_of(std::string_view value) {
  return static_cast<unsigned char>(value[kFlagsAt]);
}

std::size_t etag_at(Layout layout) {
  return kChecksumAt + (layout == Layout::with_checksum ? kChecksumBytes : 0);
}

std::size_t times_at(Layout layout) { return etag_at(layout) + Etag::kBytes; }

std::size_t fixed_bytes(Layout layout) { return times_at(layout) + kTimesBytes; }

std::size_t header_bytes(Layout layout, unsigned char flags) {
  return fixed_bytes(layout) + ((flags & kIdempotencyFlag) != 0 ? kHashBytes : 0);
}

std::uint32_t checksum_of(std::string_view key, std::string_view value) {
  std::uint32_t sum = crc32c(0, key);
  // No key has a control character: the layout version ends it.
  sum = crc32c(sum, value.substr(0, kChecksumAt));
  return crc32c(sum, value.substr(kChecksumAt + kChecksumBytes));
}

bool is_whole(std::string_view key, std::string_view value, Layout layout) {
  if (layout == Layout::without_checksum) {
    // Also a damaged record of the other layout may look like this one.
    const std::string_view json = value.substr(header_bytes(layout, flags_of(value)));
    return Etag::of(json).text() == value.substr(etag_at(layout), Etag::kBytes);
  }
  std::uint32_t stored = 0;
  std::memcpy(&stored, value.data() + kChecksumAt, sizeof stored);
  return stored == checksum_of(key, value);
}

}  // namespace

std::optional<Layout> layout_of(std::string_view value) {
  if (value.empty()) return std::nullopt;
  for (const Layout layout : {Layout::with_checksum, Layout::without_checksum}) {
    if (static_cast<unsigned char>(value[0]) == static_cast<unsigned char>(layout)) return layout;
  }
  return std::nullopt;
}

std::size_t record_bytes(const Record& record, Layout layout) {
  return fixed_bytes(layout) + (record.idempotency ? kHashBytes : 0) + record.json.size();
}

void write_record(std::string_view key, const Record& record, Layout layout,
                  std::span<char> target) {
  const int flags =
      (record.created_by_last_put ? kCreatedFlag : 0) | (record.idempotency ? kIdempotencyFlag : 0);
  target[0] = static_cast<char>(layout);
  target[kFlagsAt] = static_cast<char>(flags);
  record.etag.text().copy(target.data() + etag_at(layout), Etag::kBytes);
  char* const times = target.data() + times_at(layout);
  std::memcpy(times, &record.created_ms, sizeof record.created_ms);
  std::memcpy(times + sizeof record.created_ms, &record.updated_ms, sizeof record.updated_ms);
  char* text = target.data() + fixed_bytes(layout);
  if (record.idempotency) {
    std::memcpy(text, record.idempotency->data(), kHashBytes);
    text += kHashBytes;
  }
  record.json.copy(text, record.json.size());
  if (layout == Layout::without_checksum) return;
  const std::uint32_t sum = checksum_of(key, {target.data(), target.size()});
  std::memcpy(target.data() + kChecksumAt, &sum, sizeof sum);
}

std::optional<std::string_view> read_record_json(std::string_view key, std::string_view value) {
  const auto layout = layout_of(value);
  if (!layout || value.size() < fixed_bytes(*layout)) return std::nullopt;
  const unsigned char flags = flags_of(value);
  const std::size_t header = header_bytes(*layout, flags);
  if ((flags & ~kKnownFlags) != 0 || value.size() < header) return std::nullopt;
  if (!is_whole(key, value, *layout)) return std::nullopt;
  return value.substr(header);
}

std::optional<Record> read_record(std::string_view key, std::string_view value) {
  const auto json = read_record_json(key, value);
  if (!json) return std::nullopt;
  const Layout layout = *layout_of(value);
  const auto etag = Etag::parse(value.substr(etag_at(layout), Etag::kBytes));
  if (!etag) return std::nullopt;
  const unsigned char flags = flags_of(value);
  Record record{.etag = *etag,
                .created_ms = time_at(value, times_at(layout)),
                .updated_ms = time_at(value, times_at(layout) + sizeof(std::int64_t)),
                .created_by_last_put = (flags & kCreatedFlag) != 0,
                .idempotency = std::nullopt,
                .json = *json};
  if ((flags & kIdempotencyFlag) != 0) {
    std::memcpy(record.idempotency.emplace().data(), value.data() + fixed_bytes(layout),
                kHashBytes);
  }
  return record;
}

}  // namespace picus
