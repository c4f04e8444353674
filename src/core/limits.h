#pragma once

#include <cstddef>

/// The limits of the HTTP contract. They are those of DynamoDB on every store (AWS, "Service,
/// account, and table quotas in Amazon DynamoDB").
namespace picus {

inline constexpr std::size_t kMaxKeyBytes = 511;  ///< UTF-8; also LMDB's compiled-in limit
inline constexpr std::size_t kMaxItemBytes = 400UZ * 1024;
/// The size of the attribute `picus:meta`, counted on every store, so that an item that fits into
/// LMDB fits into DynamoDB.
inline constexpr std::size_t kMetaBytes = 256;
/// One item, or one line of a bulk put.
inline constexpr std::size_t kMaxBodyBytes = 1024UZ * 1024;
/// An id that the server generates (`"id":"…",`) adds 44 bytes to the text of an item; the rest is
/// for white space around it. A text that exceeds kMaxBodyBytes by at most this size is accepted if
/// it is the text of an item as a store returns it, so that an item that was put without an id can
/// be put again.
inline constexpr std::size_t kAddedIdBytes = 64;
inline constexpr std::size_t kMaxPageItems = 1000;
inline constexpr std::size_t kMaxRequestIdBytes = 128;
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

}  // namespace picus
