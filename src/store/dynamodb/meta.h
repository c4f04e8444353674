#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/item.h"
#include "core/store.h"

namespace picus {

/// The attribute that Picus adds to an item besides the members of the client.
inline constexpr std::string_view kMetaAttribute = "picus:meta";
/// Its members.
inline constexpr std::string_view kMetaEtag = "etag";
inline constexpr std::string_view kMetaUpdated = "updated";  ///< Unix time in milliseconds
inline constexpr std::string_view kMetaCreated = "created";
inline constexpr std::string_view kMetaWrite = "write";
inline constexpr std::string_view kMetaIdempotency = "idem";

/// The data that the last put stored in an item.
struct ItemMeta {
  std::optional<Etag> etag;  ///< absent if the attribute was not written by Picus
  bool created = false;      ///< the put found the key free
  std::string write;         ///< the name of the put, to recognize it if its response was lost
  std::string idempotency;   ///< the hash of its Idempotency-Key; empty: it had none
};

std::string idempotency_text(const IdempotencyHash& hash);

/// Appends the attribute: `"picus:meta":{"M":{…}}`.
void append_meta(std::string& out, const ItemMeta& meta, std::int64_t updated_ms);

/// Parses the value of the attribute, `{"M":{…}}`. A value of another program is ignored.
ItemMeta read_meta(std::string_view value);

}  // namespace picus
