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

namespace picus {

class Log;
class LmdbFile;
class LmdbWriter;

/// Items in one file on this machine's disk (LMDB).
///
/// Reads run on the calling thread, on a snapshot, and wait for nobody. Writes go to one thread
/// that commits all that wait at once. Several processes may serve one directory at a time; each
/// opens it once. A store that lost its disk answers store_unavailable to writes until the disk is
/// back; then it goes on by itself. A store whose file is no longer the one under its path answers
/// so to the end of the process.
class LmdbStore final : public Store {
 public:
  enum class Durability : std::uint8_t {
    /// A write that succeeded is on disk.
    full,
    /// The last tenth of a second may be undone when the system crashes or the power fails; not
    /// when the process is killed. The store stays whole: a commit syncs its pages before the meta
    /// page that names them is written, and only that page's sync waits (MDB_NOMETASYNC). LMDB's
    /// MDB_NOSYNC would be faster still, and could leave a meta page on disk whose pages are not.
    relaxed,
  };

  struct Options {
    std::filesystem::path directory;  ///< holds items.mdb and items.mdb-lock; made if absent
    Durability durability = Durability::full;
    /// Address space to begin with; grows as needed. Not memory, and not disk.
    std::size_t initial_map_bytes = std::size_t{1} << 30;
    /// Writes are refused, and an absent store is an error. Works while a server writes. Where not
    /// even the lock file can be made (a read-only file system), reads go without it: no other
    /// process may write then.
    bool read_only = false;
  };

  /// `log` outlives the store. Errors: store_unavailable, with a message for the person who starts
  /// Picus.
  static Result<std::unique_ptr<LmdbStore>> open(Options options, Log& log);

  /// Writes what waits. No call is running on another thread, and the executors of calls that wait
  /// still exist.
  ~LmdbStore() override;

  asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) override;
  /// Errors besides the contract's, as for put_many and remove: overloaded (too many writes wait).
  asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                          std::optional<IdempotencyHash> idempotency,
                                          Context context) override;
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override;
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                       Context context) override;
  asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) override;
  [[nodiscard]] StoreHealth health() const override;
  /// After a failed sync: tries to bring the store back.
  asio::awaitable<StoreState> ask(Context context) override;

 private:
  LmdbStore(std::unique_ptr<LmdbFile> file, std::unique_ptr<LmdbWriter> writer, Log& log);
  Result<std::optional<StoredItem>> read(const Key& key);
  /// Remembers and logs an error that is store_damaged.
  void note_damage(const Error& error, std::string_view key);

  Log& log_;
  std::atomic<std::uint64_t> damages_ = 0;
  std::unique_ptr<LmdbFile> file_;
  std::unique_ptr<LmdbWriter> writer_;  ///< absent when read-only
};

}  // namespace picus
