#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "core/error.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/file_watch.h"
#include "store/lmdb/lmdb_metrics.h"
#include "store/lmdb/readers.h"

struct MDB_txn;

namespace picus {

class Log;

/// The open file of the store: snapshots for many threads, one write transaction at a time, a
/// growing map, and recovery from a failed sync. Other processes may read and write the same file.
///
/// The state after a failed commit: LMDB writes the changed pages to places that no committed state
/// uses, syncs them, and only then writes the meta page, with O_DSYNC, which makes them the
/// committed state.
/// - If the pages were not written or synced, no meta page refers to them, and the old state is
///   valid in memory and on disk. It is no problem that the kernel drops pages whose sync failed:
///   the next transaction writes all its pages again.
/// - If the meta page was not written, LMDB restores the old one and refuses all further use. The
///   new meta page may be on disk nevertheless, so after a crash the changes are either complete or
///   absent. No page that it refers to may be overwritten before the old meta page is back on disk.
/// Therefore, after every failure other than a lack of space, the environment is reopened, and both
/// meta pages are rewritten unchanged and synced. Until that succeeds, writes fail; reads continue.
class LmdbFile {
 public:
  /// `log` outlives the file. Errors: as Environment::open.
  static Result<std::unique_ptr<LmdbFile>> open(EnvironmentOptions options, Log& log,
                                                const LmdbMetrics& metrics = LmdbMetrics());
  ~LmdbFile();

  /// From any thread. Waits only while the map grows. Errors: store_unavailable, internal.
  Result<ReadTransaction> read();

  /// Changes the items in the transaction; returns an LMDB code, 0 to commit. It is called again,
  /// in a new transaction, if the map had to grow.
  using Change = std::function<int(MDB_txn* transaction, unsigned items)>;

  /// `bytes`: the approximate size of the change. Durable on return, or, with deferred meta pages,
  /// after sync(). After an error no part of the change is visible. Errors: store_full,
  /// store_unavailable, internal.
  Result<void> write(const Change& change, std::size_t bytes);

  /// The layout of new records. Only inside a Change.
  [[nodiscard]] Layout layout() const { return environment_->layout(); }

  /// Makes every earlier write durable. Errors: store_unavailable.
  Result<void> sync();

  /// Whether reads and writes are expected to succeed.
  [[nodiscard]] bool healthy() const { return healthy_.load(std::memory_order_acquire); }
  /// Whether the file was moved, deleted or changed by others: only a restart helps.
  [[nodiscard]] bool has_lost_file() const { return loss_ != Loss::none; }

  /// All zero while the file cannot be read.
  struct Sizes {
    std::int64_t used_bytes = 0;
    std::int64_t file_bytes = 0;
    std::int64_t readers = 0;
  };
  /// From any thread, as read().
  [[nodiscard]] Sizes sizes();

  /// Tries to become healthy. Errors: store_unavailable.
  Result<void> recover();

  /// Called about once a second by a process that writes: checks whether the file is still the one
  /// at its path, raises the format of a store that only this process uses, and tries to become
  /// healthy. If the file is not the one at its path, it is lost: this is logged once
  /// (`store-lost`), and this object does not write any more. If the file itself was changed, it
  /// does not read either.
  void watch();

 private:
  LmdbFile(EnvironmentOptions options, Log& log, const LmdbMetrics& metrics)
      : options_(std::move(options)), log_(log), syncs_(metrics.sync_durations) {}

  int try_to_write(const Change& change, std::size_t bytes);
  [[nodiscard]] bool is_lost();
  void lose(Loss loss);
  void raise_format();
  int set_map_bytes(std::size_t bytes);
  int follow_growth();
  int grow();
  int diagnose(int code);
  Result<void> settle(int code);
  Result<void> reopen();
  int rewrite_meta_pages();
  void clear_stale_readers();

  EnvironmentOptions options_;
  Log& log_;
  Histograms syncs_;
  std::mutex write_mutex_;  ///< locked before the slots
  ReaderSlots slots_;
  /// Changes under write_mutex_ and the locks of all slots.
  std::unique_ptr<Environment> environment_;
  std::atomic<bool> healthy_ = false;
  std::atomic<Loss> loss_ = Loss::none;  ///< permanent; then healthy_ is false
  FileWatch place_;                      ///< under write_mutex_, as is the next
  std::size_t last_transaction_ = 0;
  std::chrono::steady_clock::time_point readers_checked_{};
};

}  // namespace picus
