#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/item.h"
#include "core/store.h"

/// The layout of the value of an item on disk. Layout 2:
///   layout version (1 byte) | flags (1) | checksum (4) | etag (22) | created, updated (8 each) |
///   idempotency hash (0 or 16) | JSON
/// The checksum is the CRC-32C of the key and of all bytes of the value except the checksum.
/// Layout 1, of Picus 0.1, has no checksum: the ETag is verified instead, which takes ten times as
/// long. Times are Unix milliseconds in the byte order of the machine, like everything that LMDB
/// writes.
namespace picus {

enum class Layout : std::uint8_t { without_checksum = 1, with_checksum = 2 };

struct Record {
  Etag etag;
  std::int64_t created_ms;  ///< when the item was created
  std::int64_t updated_ms;
  bool created_by_last_put;                    ///< the last put created the item
  std::optional<IdempotencyHash> idempotency;  ///< of the last put
  std::string_view json;
};

/// The number of bytes that write_record writes.
std::size_t record_bytes(const Record& record, Layout layout);

/// `target` has record_bytes(record, layout) bytes.
void write_record(std::string_view key, const Record& record, Layout layout,
                  std::span<char> target);

/// The record in `value`, to whose bytes its `json` refers; nothing if the bytes are not a record
/// of this key, or are damaged.
std::optional<Record> read_record(std::string_view key, std::string_view value);

/// Only the text of a record, or nothing, for a scan.
std::optional<std::string_view> read_record_json(std::string_view key, std::string_view value);

/// The layout of the record; nothing if it is unknown.
std::optional<Layout> layout_of(std::string_view value);

}  // namespace picus
