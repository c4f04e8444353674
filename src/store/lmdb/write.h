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

/// The changes that a store can be asked for, applied inside a write transaction.
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
  /// Of items, by index: the tree is broken where they belong. The next attempt leaves them out.
  std::set<std::size_t> damaged = {};
};

struct RemoveOperation {
  using Outcome = void;
  Key key;
  RemoveCondition condition;
};

/// About how many bytes the operation will write.
std::size_t operation_bytes(const PutOperation& operation);
std::size_t operation_bytes(const PutManyOperation& operation);
std::size_t operation_bytes(const RemoveOperation& operation);

/// Positions in one open write transaction; the time that its changes carry, and their layout.
class Changes {
 public:
  /// An LMDB code where the transaction cannot be worked in.
  static std::expected<Changes, int> begin(MDB_txn* transaction, unsigned items,
                                           std::int64_t now_ms, Layout layout);
  ~Changes();
  Changes(Changes&& other) noexcept;
  Changes& operator=(Changes&&) = delete;

  /// What the operation answers, or the LMDB code with which the transaction has to be given up.
  /// A transaction may have to be repeated: operations are only read, but for `damaged`.
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
