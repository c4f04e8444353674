#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/item.h"

namespace picus {

namespace asio = boost::asio;

/// What a call carries besides its arguments.
struct Context {
  std::chrono::steady_clock::time_point deadline;  ///< not started by then: deadline_exceeded
  bool eventual = false;                           ///< a read may be stale where that is cheaper
  std::string trace = {};  ///< that the call belongs to, for whom the store asks: X-Ray's header
};

/// The write goes through only if the key is free.
struct IfAbsent {};
/// The write goes through only if there is an item (`If-Match: *`).
struct IfPresent {};
/// The write goes through only if the item's tag is one of these. An item without a tag never
/// matches.
struct IfEtag {
  std::vector<Etag> tags;
};
/// The write goes through whatever is there.
struct Always {};

using PutCondition = std::variant<IfAbsent, IfPresent, IfEtag, Always>;
using RemoveCondition = std::variant<IfPresent, IfEtag>;

/// SHA-256 over caller and Idempotency-Key, its first 128 bits.
using IdempotencyHash = std::array<std::uint8_t, 16>;

/// What a put did. `replayed`: an earlier put with the same idempotency hash and the same item had
/// done it, and the item still stands as that put left it; nothing was written now.
struct PutOutcome {
  bool created;  ///< true: the key was free; false: an item was replaced
  bool replayed = false;
};

/// How much is written with one call of put_many: what has more items, or text, comes in batches.
inline constexpr std::size_t kBatchItems = 4096;
inline constexpr std::size_t kBatchBytes = 1024UZ * 1024;

enum class OnConflict : std::uint8_t { fail, skip, replace };

/// What a write of many did with an item. `skipped` comes with on_conflict=skip and a taken key.
enum class Written : std::uint8_t { created, replaced, skipped };

/// What became of one item of put_many, or why it was not written: already_exists with
/// on_conflict=fail and a taken key, else an error of the store's that the other items may not have
/// met.
using BulkOutcome = std::expected<Written, ErrorCode>;

/// Which part of the table a scan reads.
struct ScanRequest {
  std::string after;      ///< a `next` of an earlier page; empty: from the beginning
  std::size_t max_items;  ///< at least 1
  std::size_t max_bytes;  ///< stops after the item that passes it
  char separator = '\n';  ///< written after every item
  std::string buffer;     ///< its capacity is used again for the page's text
  /// Leaves out items that cannot be read, in place of failing with store_damaged.
  bool skip_damaged = false;
};

struct Page {
  std::string text;  ///< the items' JSON texts, each followed by the separator
  std::size_t count = 0;
  std::optional<std::string> next;        ///< where to go on; nothing: that was the last page
  std::vector<std::string> damaged = {};  ///< keys of the items that were left out
};

/// Which items a stream of pages holds, and how: all, as text.
struct ScanAllRequest {
  std::size_t page_bytes;                   ///< about how long a page's text may become
  char separator = '\n';                    ///< written after every item
  std::chrono::milliseconds page_deadline;  ///< for each page
  bool eventual = false;                    ///< as in Context
  std::string trace = {};                   ///< as in Context
  bool skip_damaged = false;                ///< as in ScanRequest
};

/// Every item of a store, page after page. Not thread-safe. It may be destroyed at any time between
/// two calls; the store outlives it.
class PageStream {
 public:
  virtual ~PageStream() = default;

  /// The next page. The last one has no `next`, those before it have one that says nothing else;
  /// any page may be empty. `buffer`: its capacity is used again. After the last page, or an error,
  /// there is no further call. Errors: as for Store::scan.
  virtual asio::awaitable<Result<Page>> read(std::string buffer) = 0;
};

/// What a store says when it is asked.
enum class StoreState : std::uint8_t {
  ok,
  unreachable,  ///< or it did not answer in time
  denied,       ///< it refuses the credentials, or they lack a right
  missing,      ///< there is no such table, or its key is another one
  throttled,
};
/// `unreachable`.
std::string_view name_of(StoreState state);

/// What a store knows about itself without asking anybody.
struct StoreHealth {
  /// It is embedded, and cannot write to its file: every write fails with store_unavailable. After
  /// a failed disk it comes back by itself, after the loss of the file it does not.
  bool lost = false;
  /// It found an item that cannot be read; the others can.
  bool damaged = false;
  /// How often that happened since the start.
  std::uint64_t damages = 0;
};

/// Where items live. Every call may suspend and may run concurrently with any other, from any
/// thread. Parameters are by value because they outlive the caller's statement. A write that
/// succeeded is durable when the call returns, as far as the store was configured to be. Errors of
/// every call: store_unavailable, throttled, deadline_exceeded, store_damaged, internal.
/// store_damaged: what is stored under the key (of a scan: under one of the keys) cannot be read. A
/// put with IfPresent or Always replaces it, a remove with IfPresent removes it.
class Store {
 public:
  virtual ~Store() = default;

  /// The item with this key, or nothing. Sees every write acknowledged before the call.
  virtual asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) = 0;

  /// Writes the item if the condition holds; atomic.
  /// With `idempotency`, in this order: the item there carries the same hash and the same tag:
  /// replayed; the same hash and another tag: idempotency_mismatch; else as without. Errors:
  /// already_exists (IfAbsent), precondition_failed (IfPresent, IfEtag), idempotency_mismatch,
  /// store_full.
  virtual asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                                  std::optional<IdempotencyHash> idempotency,
                                                  Context context) = 0;

  /// Writes many items, each for itself; the outcomes are in the order of the items.
  /// A key that comes twice meets its own first write. An error is the whole call's: nothing is
  /// known to be written. Errors: store_full.
  virtual asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                                     OnConflict on_conflict,
                                                                     Context context) = 0;

  /// Removes the item if the condition holds; atomic: of two concurrent calls one succeeds.
  /// Errors: not_found (no item), precondition_failed (IfEtag does not match), store_full.
  virtual asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                               Context context) = 0;

  /// One page. An item that stays unchanged from the first page to the last is in exactly one of
  /// them. A page with a `next` is never empty. Errors: invalid_cursor.
  virtual asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) = 0;

  /// All items, in no promised order. An item that stays unchanged from the first page to the last
  /// is in exactly one of them. By default one scan() after another.
  virtual std::unique_ptr<PageStream> scan_all(ScanAllRequest request);

  /// At once, from any thread. A store that is reached over a network has nothing to say.
  [[nodiscard]] virtual StoreHealth health() const { return {}; }

  /// Asks the store whether reads and writes can be expected to succeed. Changes nothing.
  virtual asio::awaitable<StoreState> ask(Context context) = 0;
};

}  // namespace picus
