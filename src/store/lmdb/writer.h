#pragma once

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

#include "core/store.h"
#include "store/lmdb/file.h"
#include "store/lmdb/write.h"

namespace picus {

/// An operation on its way through the writer.
class PendingWrite {
 public:
  PendingWrite(asio::any_io_executor executor, std::chrono::steady_clock::time_point deadline,
               std::size_t bytes)
      : executor_(std::move(executor)), deadline_(deadline), bytes_(bytes) {}
  virtual ~PendingWrite() = default;
  PendingWrite(const PendingWrite&) = delete;
  PendingWrite& operator=(const PendingWrite&) = delete;

  /// 0, or the LMDB code with which the transaction has to be given up. May come again.
  virtual int apply(Changes& changes) = 0;
  /// Whether another attempt alone would leave out what failed in the last one.
  [[nodiscard]] virtual bool may_repeat() const = 0;
  /// Sets the answer; that of an earlier apply() is forgotten.
  virtual void fail(Error error) = 0;
  /// Resumes the coroutine that waits. On its executor, once.
  virtual void complete() = 0;

  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const { return deadline_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  asio::any_io_executor executor_;  ///< tracks its outstanding work
  std::chrono::steady_clock::time_point deadline_;
  std::size_t bytes_;
};

/// The one thread of this process that writes. It takes all operations that wait, applies them in
/// the order they came, in one transaction, commits it with one sync, and then lets their
/// coroutines go on, each on its own executor. While it commits, the next operations gather. Once a
/// second it looks after the file.
class LmdbWriter {
 public:
  struct Options {
    /// Between syncs, where commits defer them; zero: they do not.
    std::chrono::milliseconds sync_interval{0};
  };

  /// `file` outlives the writer.
  LmdbWriter(LmdbFile& file, Options options);
  /// Writes what waits. The executors of all callers must still exist.
  ~LmdbWriter();
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;

  /// What the operation answers, once it is durable. Errors besides the operation's own: overloaded
  /// (too much waits), deadline_exceeded (not begun by then, and without effect), store_full,
  /// store_unavailable, internal.
  template <typename Operation>
  asio::awaitable<Result<typename Operation::Outcome>> write(
      Operation operation, std::chrono::steady_clock::time_point deadline);

 private:
  using Batch = std::vector<std::unique_ptr<PendingWrite>>;

  /// Answers with `overloaded` where too much waits.
  void enqueue(std::unique_ptr<PendingWrite> write);
  void run();
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  Batch take();
  static void drop_late(Batch& batch);
  void commit(Batch batch);
  void sync_if_due();
  void watch_if_due();

  LmdbFile& file_;
  const Options options_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::unique_ptr<PendingWrite>> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;

  bool unsynced_ = false;  ///< the thread's own, as are the next
  std::chrono::steady_clock::time_point synced_{};
  std::chrono::steady_clock::time_point watched_{};
  std::thread thread_;
};

}  // namespace picus
