#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/log.h"
#include "core/store.h"
#include "store/lmdb/file.h"
#include "store/lmdb/lmdb_metrics.h"
#include "store/lmdb/write_operations.h"

namespace picus {

/// An operation in the queue of the writer.
class PendingWrite {
 public:
  using Recorded = std::shared_ptr<SharedRequest>;

  /// `request`: for the times of the commit; may be nullptr.
  PendingWrite(asio::any_io_executor executor, std::chrono::steady_clock::time_point deadline,
               std::size_t bytes, Recorded request)
      : executor_(std::move(executor)),
        deadline_(deadline),
        bytes_(bytes),
        request_(std::move(request)) {}
  virtual ~PendingWrite() = default;
  PendingWrite(const PendingWrite&) = delete;
  PendingWrite& operator=(const PendingWrite&) = delete;

  /// Returns 0, or the LMDB code with which the transaction must be aborted. May be called again.
  virtual int apply(Changes& changes) = 0;
  /// Whether another attempt would skip the part that failed in the last one.
  [[nodiscard]] virtual bool may_repeat() const = 0;
  /// Sets the result, instead of that of an earlier apply().
  virtual void fail(Error error) = 0;
  /// Resumes the waiting coroutine on its executor. Called once.
  virtual void complete() = 0;

  /// The write was in a commit that began at `begin` and took `time`.
  void note_commit(std::chrono::steady_clock::time_point begin, std::chrono::nanoseconds time) {
    if (!request_) return;
    request_->commit_wait = begin - arrived_;
    request_->commit_sync = time;
  }

  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const { return deadline_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  asio::any_io_executor executor_;  ///< tracks its outstanding work
  std::chrono::steady_clock::time_point deadline_;
  std::size_t bytes_;
  Recorded request_;
  std::chrono::steady_clock::time_point arrived_ = std::chrono::steady_clock::now();
};

/// The only thread of this process that writes. Once it holds the write lock of the store, it takes
/// all waiting operations, applies them in order in one transaction, commits it with one sync, and
/// then resumes their coroutines, each on its own executor. During the commit, the next operations
/// are queued. Once a second it checks the file.
///
/// Neither the lock, which another process can hold for any time, nor a sync can be interrupted.
/// Therefore a second thread completes the operations that wait beyond their deadlines, and reports
/// the lock (`store-blocked`).
class LmdbWriter {
 public:
  struct Options {
    /// Interval of syncs, if commits defer them; zero: they do not.
    std::chrono::milliseconds sync_interval{0};
    LmdbMetrics metrics = LmdbMetrics();
  };

  /// `file` and `log` outlive the writer.
  LmdbWriter(LmdbFile& file, Log& log, Options options);
  /// Completes the waiting operations. The executors of all callers must exist. If the writing
  /// thread does not end within 5 s, this ends the process with exit code 1: nothing that was
  /// acknowledged is lost.
  ~LmdbWriter();
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;

  /// Returns the result of the operation once it is durable. Errors besides those of the operation:
  /// overloaded (too many operations are waiting), deadline_exceeded (not started in time, without
  /// effect), store_full, store_unavailable, internal.
  template <typename Operation>
  asio::awaitable<Result<typename Operation::Outcome>> write(Operation operation,
                                                             const Context& context);

  /// From any thread. How many operations wait for the thread.
  [[nodiscard]] std::size_t waiting();
  /// From any thread. Whether it has waited for the write lock of the store for more than a second.
  [[nodiscard]] bool blocked() const { return blocked_; }

 private:
  using Batch = std::vector<std::unique_ptr<PendingWrite>>;

  /// Completes with `overloaded` if too many operations are waiting.
  void enqueue(std::unique_ptr<PendingWrite> write);
  void run();
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  Batch take();
  void commit(Batch batch, std::size_t bytes);
  void refuse_late_writes();
  Batch take_late();
  void note_block();
  void sync_if_due();
  void watch_if_due();

  LmdbFile& file_;
  Log& log_;
  const Options options_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable ended_;
  std::deque<std::unique_ptr<PendingWrite>> queue_;
  std::size_t queued_bytes_ = 0;
  /// Since when the thread waits for the write lock; nothing: it does not.
  std::optional<std::chrono::steady_clock::time_point> locking_since_;
  bool stopping_ = false;
  bool has_ended_ = false;  ///< the writing thread
  std::atomic<bool> blocked_ = false;

  bool unsynced_ = false;  ///< used only by the thread, as are the next
  std::chrono::steady_clock::time_point synced_{};
  std::chrono::steady_clock::time_point watched_{};
  std::thread thread_;
  std::thread refusing_thread_;
};

}  // namespace picus
