#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/item.h"
#include "core/store.h"

namespace picus {

/// The attribute that Picus keeps in an item besides the client's members.
inline constexpr std::string_view kMetaAttribute = "picus:meta";
/// Its members.
inline constexpr std::string_view kMetaEtag = "etag";
inline constexpr std::string_view kMetaUpdated = "updated";  ///< Unix time in milliseconds
inline constexpr std::string_view kMetaCreated = "created";
inline constexpr std::string_view kMetaWrite = "write";
inline constexpr std::string_view kMetaIdempotency = "idem";

/// What the last put left in an item.
struct ItemMeta {
  std::optional<Etag> etag;  ///< absent where the attribute is not of our making
  bool created = false;      ///< the put found the key free
  std::string write;         ///< names the put, to know it again when its answer was lost
  std::string idempotency;   ///< of its Idempotency-Key; empty: it had none
};

std::string idempotency_text(const IdempotencyHash& hash);

/// Appends the attribute: `"picus:meta":{"M":{…}}`.
void append_meta(std::string& out, const ItemMeta& meta, std::int64_t updated_ms);

/// Reads the attribute's value, `{"M":{…}}`. What another program made of it counts for nothing.
ItemMeta read_meta(std::string_view value);

}  // namespace picus
