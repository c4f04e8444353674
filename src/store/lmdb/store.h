#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/store.h"
#include "store/lmdb/lmdb_metrics.h"

namespace picus {

class Log;
class LmdbFile;
class LmdbWriter;

/// Items in one file on the disk of this machine (LMDB).
///
/// Reads run on the calling thread, on a snapshot, and never wait. Writes are passed to one thread
/// that commits all waiting writes together. Several processes may serve one directory at the same
/// time; each opens it once. After a failure of the disk, writes return store_unavailable until the
/// disk works again; then the store recovers by itself. If the file is no longer the one at its
/// path, writes return store_unavailable until the process ends.
class LmdbStore final : public Store {
 public:
  static constexpr std::string_view kKind = "lmdb";

  enum class Durability : std::uint8_t {
    /// A successful write is on disk.
    full,
    /// Writes of the last 100 ms can be lost if the system crashes or the power fails, but not if
    /// the process is killed. The store stays consistent: a commit syncs its pages before the meta
    /// page that refers to them is written, and only the sync of that page is deferred
    /// (MDB_NOMETASYNC). MDB_NOSYNC would be faster, but could leave a meta page on disk without
    /// its pages.
    relaxed,
  };

  struct Options {
    std::filesystem::path directory;  ///< has items.mdb and items.mdb-lock; created if absent
    Durability durability = Durability::full;
    /// Initial address space; grows as needed. It is neither memory nor disk space.
    std::size_t initial_map_bytes = std::size_t{1} << 30;
    /// Writes are refused, and an absent store is an error. Works while a server writes. If the
    /// lock file cannot be created (on a read-only file system), reads work without it: no other
    /// process may write then.
    bool read_only = false;
    /// Counts operations and commits; outlives the store. nullptr: nothing is counted.
    Registry* metrics = nullptr;
  };

  /// `log` outlives the store. Errors: store_unavailable, with a message for the operator.
  static Result<std::unique_ptr<LmdbStore>> open(Options options, Log& log);

  /// Completes the waiting writes. No call may be running on another thread, and the executors of
  /// waiting calls must exist.
  ~LmdbStore() override;

  asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) override;
  /// Errors besides the contract's, as for put_many and remove: overloaded (too many writes are
  /// waiting).
  asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                          std::optional<IdempotencyHash> idempotency,
                                          Context context) override;
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override;
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                       Context context) override;
  asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) override;
  [[nodiscard]] StoreIdentity identity() const override;
  [[nodiscard]] StoreHealth health() const override;
  /// After a failed sync: tries to recover the store.
  asio::awaitable<StoreState> ask(Context context) override;

 private:
  LmdbStore(StoreIdentity identity, std::unique_ptr<LmdbFile> file,
            std::unique_ptr<LmdbWriter> writer, const LmdbMetrics& metrics, Log& log);
  void add_sizes(Registry& registry);
  Result<std::optional<StoredItem>> read(const Key& key);
  Result<Page> read_page(ScanRequest request);
  /// Records and logs an error if it is store_damaged.
  void note_damage(const Error& error);

  Log& log_;
  const StoreIdentity identity_;
  LmdbMetrics metrics_;
  std::atomic<std::uint64_t> damages_ = 0;
  std::unique_ptr<LmdbFile> file_;
  std::unique_ptr<LmdbWriter> writer_;  ///< absent when read-only
};

}  // namespace picus
