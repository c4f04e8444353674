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
#include "core/trace.h"

namespace picus {

namespace asio = boost::asio;

/// The context of a call.
struct Context {
  /// A call that has not started by then fails with deadline_exceeded.
  std::chrono::steady_clock::time_point deadline;
  bool eventual = false;    ///< a read may be stale if that is cheaper
  TraceContext trace = {};  ///< of the request, for the services that the store calls
};

/// The write succeeds only if the key is free.
struct IfAbsent {};
/// The write succeeds only if there is an item (`If-Match: *`).
struct IfPresent {};
/// The write succeeds only if the ETag of the item is one of these. An item without an ETag never
/// matches.
struct IfEtag {
  std::vector<Etag> tags;
};
/// The write succeeds unconditionally.
struct Always {};

using PutCondition = std::variant<IfAbsent, IfPresent, IfEtag, Always>;
using RemoveCondition = std::variant<IfPresent, IfEtag>;

/// The first 128 bits of the SHA-256 of caller and Idempotency-Key.
using IdempotencyHash = std::array<std::uint8_t, 16>;

/// The result of a put. `replayed`: an earlier put with the same idempotency hash and the same item
/// has written it, and the item has not changed since; nothing was written by this call.
struct PutOutcome {
  bool created;  ///< true: the key was free; false: an item was replaced
  bool replayed = false;
};

/// Limits of one call of put_many: more items or text are written in batches.
inline constexpr std::size_t kBatchItems = 4096;
inline constexpr std::size_t kBatchBytes = 1024UZ * 1024;

enum class OnConflict : std::uint8_t { fail, skip, replace };

/// What put_many did with an item. `skipped`: on_conflict=skip, and the key exists.
enum class Written : std::uint8_t { created, replaced, skipped };

/// The result of one item of put_many, or why it was not written: already_exists with
/// on_conflict=fail if the key exists, otherwise an error of the store, which other items may not
/// have.
using BulkOutcome = std::expected<Written, ErrorCode>;

/// The part of the items that a scan reads.
struct ScanRequest {
  std::string after;      ///< the `next` of an earlier page; empty: from the start
  std::size_t max_items;  ///< at least 1
  std::size_t max_bytes;  ///< stops after the item that reaches this size
  char separator = '\n';  ///< written after every item
  std::string buffer;     ///< its capacity is reused for the text of the page
  /// Skips items that cannot be read, instead of failing with store_damaged.
  bool skip_damaged = false;
};

struct Page {
  std::string text;  ///< the JSON texts of the items, each followed by the separator
  std::size_t count = 0;
  std::optional<std::string> next;  ///< where the next page starts; nothing: this is the last page
  std::vector<std::string> damaged = {};  ///< keys of the items that were skipped
};

/// Options of a stream of all items.
struct ScanAllRequest {
  std::size_t page_bytes;                   ///< the approximate maximum size of the text of a page
  char separator = '\n';                    ///< written after every item
  std::chrono::milliseconds page_deadline;  ///< for each page
  bool eventual = false;                    ///< as in Context
  TraceContext trace = {};                  ///< as in Context
  bool skip_damaged = false;                ///< as in ScanRequest
};

/// All items of a store, in pages. Not thread-safe. It may be destroyed at any time between two
/// calls; the store outlives it.
class PageStream {
 public:
  virtual ~PageStream() = default;

  /// The next page. Only the last page has no `next`; the content of `next` has no meaning. Any
  /// page may be empty. `buffer`: its capacity is reused. Must not be called after the last page or
  /// an error. Errors: as for Store::scan.
  virtual asio::awaitable<Result<Page>> read(std::string buffer) = 0;
};

/// What a store is, for log lines, errors and responses.
struct StoreIdentity {
  std::string_view kind;  ///< as `--store` has it: `lmdb`
  std::string place;      ///< of the items: a directory, or a table and its endpoint
  /// `relaxed`: acknowledged writes can be lost when the machine stops.
  std::string_view durability = "full";
  bool counts_capacity = false;  ///< it counts the capacity that its calls consume
};

/// The state of a store, as the store reports it.
enum class StoreState : std::uint8_t {
  ok,
  unreachable,  ///< or it did not respond in time
  denied,       ///< it refuses the credentials, or they lack a permission
  missing,      ///< the table does not exist, or has another key
  throttled,
};
/// `unreachable`.
std::string_view name_of(StoreState state);

/// What a store knows about itself without a request.
struct StoreHealth {
  /// It is embedded and cannot write to its file: every write fails with store_unavailable. It
  /// recovers from a failed disk by itself, but not from the loss of the file.
  bool lost = false;
  /// It lost its file.
  bool has_lost_file = false;
  /// It found an item that cannot be read; other items can be read.
  bool damaged = false;
  /// How often that has happened since the start.
  std::uint64_t damages = 0;
};

/// Where items live. Every call may suspend and may run concurrently with any other, from any
/// thread. Parameters are by value because they outlive the caller's statement. A successful write
/// is durable when the call returns, to the degree that the store is configured for. Errors of
/// every call: store_unavailable, throttled, deadline_exceeded, store_damaged, internal.
/// store_damaged: the value of the key (in a scan: of one of the keys) cannot be read. A put with
/// IfPresent or Always replaces it, a remove with IfPresent removes it.
class Store {
 public:
  virtual ~Store() = default;

  /// The item with this key, or nothing. Sees every write acknowledged before the call.
  virtual asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) = 0;

  /// Writes the item if the condition holds; atomic. With `idempotency`, in this order: if the
  /// stored item has the same hash and the same ETag: replayed; the same hash and another ETag:
  /// idempotency_mismatch; otherwise as without it. Errors: already_exists (IfAbsent),
  /// precondition_failed (IfPresent, IfEtag), idempotency_mismatch, store_full.
  virtual asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                                  std::optional<IdempotencyHash> idempotency,
                                                  Context context) = 0;

  /// Writes many items, each independently; the outcomes are in the order of the items. If a key
  /// occurs twice, the second write finds the first. An error is that of the whole call: it is
  /// unknown which items were written. Errors: store_full.
  virtual asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                                     OnConflict on_conflict,
                                                                     Context context) = 0;

  /// Removes the item if the condition holds; atomic: only one of two concurrent calls succeeds.
  /// Errors: not_found (no item), precondition_failed (IfEtag does not match), store_full.
  virtual asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                               Context context) = 0;

  /// One page. An item that stays unchanged from the first page to the last is in exactly one of
  /// them. A page with a `next` is never empty. Errors: invalid_cursor.
  virtual asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) = 0;

  /// All items, in no particular order. An item that stays unchanged from the first page to the
  /// last is in exactly one of them. The default calls scan() repeatedly.
  virtual std::unique_ptr<PageStream> scan_all(ScanAllRequest request);

  /// Returns immediately; from any thread.
  [[nodiscard]] virtual StoreIdentity identity() const = 0;

  /// Returns immediately; from any thread. A store that is reached over a network reports the
  /// default.
  [[nodiscard]] virtual StoreHealth health() const { return {}; }

  /// Asks the store whether reads and writes can be expected to succeed. Changes nothing.
  virtual asio::awaitable<StoreState> ask(Context context) = 0;
};

}  // namespace picus
