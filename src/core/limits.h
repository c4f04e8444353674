#pragma once

#include <cstddef>

/// The limits of the HTTP contract. They are DynamoDB's on every store
/// (AWS, "Service, account, and table quotas in Amazon DynamoDB").
namespace picus {

inline constexpr std::size_t kMaxKeyBytes = 511;  ///< UTF-8; also LMDB's compiled-in limit
inline constexpr std::size_t kMaxItemBytes = 400UZ * 1024;
/// What the attribute `picus:meta` takes of an item, counted on every store,
/// so that an item that fits on a laptop fits in DynamoDB.
inline constexpr std::size_t kMetaBytes = 256;
/// One item, or one line of a bulk put.
inline constexpr std::size_t kMaxBodyBytes = 1024UZ * 1024;
/// The id that the server makes (`"id":"…",`) adds 44 bytes to an item's text; the rest is for
/// white space around it. A text that is longer than kMaxBodyBytes by no more than this is accepted
/// if it is the text that a store has of an item, so that an item that was put without an id can be
/// put again.
inline constexpr std::size_t kAddedIdBytes = 64;
inline constexpr std::size_t kMaxPageItems = 1000;
inline constexpr std::size_t kMaxRequestIdBytes = 128;
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

}  // namespace picus
