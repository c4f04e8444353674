#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <vector>

#include "core/store.h"
#include "store/lmdb/record.h"

struct MDB_cursor;
struct MDB_txn;

/// The write operations of a store, applied inside a write transaction.
namespace picus {

struct PutOperation {
  using Outcome = PutOutcome;
  NewItem item;
  PutCondition condition;
  std::optional<IdempotencyHash> idempotency;
};

struct PutManyOperation {
  using Outcome = std::vector<BulkOutcome>;
  std::vector<NewItem> items;
  OnConflict on_conflict;
  /// Indexes of the items whose part of the tree is damaged. The next attempt skips them.
  std::set<std::size_t> damaged = {};
};

struct RemoveOperation {
  using Outcome = void;
  Key key;
  RemoveCondition condition;
};

/// The approximate number of bytes that the operation writes.
std::size_t operation_bytes(const PutOperation& operation);
std::size_t operation_bytes(const PutManyOperation& operation);
std::size_t operation_bytes(const RemoveOperation& operation);

/// The cursors of an open write transaction, and the time and the layout of its changes.
class Changes {
 public:
  /// An LMDB code if the transaction cannot be used.
  static std::expected<Changes, int> begin(MDB_txn* transaction, unsigned items,
                                           std::int64_t now_ms, Layout layout);
  ~Changes();
  Changes(Changes&& other) noexcept;
  Changes& operator=(Changes&&) = delete;

  /// The result of the operation, or the LMDB code with which the transaction must be aborted. A
  /// transaction may be repeated: operations are not changed, except for `damaged`.
  template <typename T>
  using Applied = std::expected<Result<T>, int>;
  Applied<PutOutcome> apply(const PutOperation& operation);
  Applied<std::vector<BulkOutcome>> apply(PutManyOperation& operation);
  Applied<void> apply(const RemoveOperation& operation);

 private:
  Changes(MDB_cursor* cursor, std::int64_t now_ms, Layout layout)
      : cursor_(cursor), now_ms_(now_ms), layout_(layout) {}

  MDB_cursor* cursor_;
  std::int64_t now_ms_;
  Layout layout_;
};

}  // namespace picus
