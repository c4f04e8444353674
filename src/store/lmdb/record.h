#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/item.h"
#include "core/store.h"

/// How the embedded store lays out an item's value on disk. Layout 2:
///   layout version (1 byte) | flags (1) | checksum (4) | etag (22) | created, updated (8 each) |
///   idempotency hash (0 or 16) | JSON
/// The checksum is the CRC-32C of the key and of all bytes of the value but its own. Layout 1, of
/// Picus 0.1, has none: the ETag stands in for it, which takes ten times as long. Times are Unix
/// milliseconds in the machine's byte order, as everything else that LMDB writes.
namespace picus {

enum class Layout : std::uint8_t { without_checksum = 1, with_checksum = 2 };

struct Record {
  Etag etag;
  std::int64_t created_ms;  ///< when the key was last free and an item took it
  std::int64_t updated_ms;
  bool created_by_last_put;                    ///< the last put found the key free
  std::optional<IdempotencyHash> idempotency;  ///< of the last put
  std::string_view json;
};

/// How many bytes write_record fills.
std::size_t record_bytes(const Record& record, Layout layout);

/// `target` has record_bytes(record, layout) bytes.
void write_record(std::string_view key, const Record& record, Layout layout,
                  std::span<char> target);

/// The record at `value`, whose bytes its `json` refers to; nothing if the bytes are not a record
/// of ours for this key, or were altered.
std::optional<Record> read_record(std::string_view key, std::string_view value);

/// Only the text of a record, or nothing: what a scan needs.
std::optional<std::string_view> read_record_json(std::string_view key, std::string_view value);

/// The record's layout; nothing if there is no such layout.
std::optional<Layout> layout_of(std::string_view value);

}  // namespace picus
