#include "store/lmdb/writer.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <iterator>
#include <type_traits>
#include <utility>

#include "core/signals_blocked.h"
#include "core/unix_time.h"
#include "store/lmdb/error.h"

namespace picus {
namespace {

constexpr std::size_t kMaxQueued = 16UZ * 1024;
constexpr std::size_t kMaxQueuedBytes = 64UZ * 1024 * 1024;
/// One transaction takes no more than this, so that no write waits for very many others.
constexpr std::size_t kMaxBatch = 4096;
constexpr std::size_t kMaxBatchBytes = 16UZ * 1024 * 1024;

constexpr std::chrono::seconds kWatchInterval{1};
/// How much later than at its deadline a waiting write may fail.
constexpr std::chrono::milliseconds kLookInterval{250};
constexpr std::chrono::seconds kBlockedAfter{1};
/// For the last commit and sync of a slow disk.
constexpr std::chrono::seconds kStopPatience{5};
/// A bulk put that meets more broken places fails as a whole: each costs an attempt.
constexpr std::size_t kMaxDamaged = 64;

using Clock = std::chrono::steady_clock;

template <typename Operation>
class PendingOperation final : public PendingWrite {
 public:
  using Outcome = Result<typename Operation::Outcome>;
  using Handler = std::move_only_function<void(Outcome)>;

  PendingOperation(asio::any_io_executor executor, Clock::time_point deadline, Recorded request,
                   Operation operation, Handler handler)
      : PendingWrite(std::move(executor), deadline, operation_bytes(operation), std::move(request)),
        operation_(std::move(operation)),
        handler_(std::move(handler)) {}

  int apply(Changes& changes) override {
    auto applied = changes.apply(operation_);
    failed_in_an_item_ = !applied && is_damage(applied.error());
    if (!applied) return applied.error();
    outcome_.emplace(std::move(*applied));
    return 0;
  }

  [[nodiscard]] bool may_repeat() const override {
    if constexpr (std::is_same_v<Operation, PutManyOperation>) {
      return failed_in_an_item_ && operation_.damaged.size() <= kMaxDamaged;
    }
    return false;
  }

  void fail(Error error) override { outcome_.emplace(std::unexpected(std::move(error))); }

  void complete() override {
    Handler handler = std::move(handler_);
    handler(std::move(*outcome_));
  }

 private:
  Operation operation_;
  Handler handler_;
  std::optional<Outcome> outcome_;
  bool failed_in_an_item_ = false;
};

/// The answers of one batch for one executor, in one post.
class Completions {
 public:
  explicit Completions(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
  void add(std::unique_ptr<PendingWrite> write) { writes_.push_back(std::move(write)); }

  void operator()() {
    for (; next_ < writes_.size(); ++next_) writes_[next_]->complete();
  }

 private:
  asio::any_io_executor executor_;
  std::vector<std::unique_ptr<PendingWrite>> writes_;
  std::size_t next_ = 0;
};

void post_completions(std::vector<std::unique_ptr<PendingWrite>> batch) {
  std::vector<Completions> groups;
  for (auto& write : batch) {
    auto group = std::ranges::find(groups, write->executor(), &Completions::executor);
    if (group == groups.end()) group = groups.emplace(groups.end(), write->executor());
    group->add(std::move(write));
  }
  for (Completions& group : groups) {
    const asio::any_io_executor executor = group.executor();
    asio::post(executor, std::move(group));
  }
}

/// Whether some of the writes that failed together may succeed alone: those that find room, deletes
/// above all, and those that do not touch a damaged page.
bool may_succeed_apart(ErrorCode code) {
  return code == ErrorCode::store_full || code == ErrorCode::store_damaged;
}

void fail_all(std::vector<std::unique_ptr<PendingWrite>>& batch, const Error& error) {
  for (auto& write : batch) write->fail(error);
}

void fail_late(std::vector<std::unique_ptr<PendingWrite>> late) {
  if (late.empty()) return;
  fail_all(late, Error(ErrorCode::deadline_exceeded, "The write could not start in time."));
  post_completions(std::move(late));
}

}  // namespace

LmdbWriter::LmdbWriter(LmdbFile& file, Log& log, Options options)
    : file_(file), log_(log), options_(options) {
  const SignalsBlocked blocked;
  thread_ = std::thread(&LmdbWriter::run, this);
  pthread_setname_np(thread_.native_handle(), "picus-writer");
  refusing_thread_ = std::thread(&LmdbWriter::refuse_late_writes, this);
  pthread_setname_np(refusing_thread_.native_handle(), "picus-waiting");
}

LmdbWriter::~LmdbWriter() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    arrived_.notify_one();
    if (!ended_.wait_for(lock, kStopPatience, [this] { return has_ended_; })) {
      log_.write(
          Level::error, "store-blocked",
          {{"detail", "The last write did not end within 5 s: the process exits without it."}});
      log_.flush();
      ::_exit(EXIT_FAILURE);
    }
  }
  thread_.join();
  refusing_thread_.join();
}

void LmdbWriter::enqueue(std::unique_ptr<PendingWrite> write) {
  std::unique_lock lock(mutex_);
  const bool fits = queue_.size() < kMaxQueued &&
                    (queue_.empty() || queued_bytes_ + write->bytes() <= kMaxQueuedBytes);
  if (fits) {
    queued_bytes_ += write->bytes();
    queue_.push_back(std::move(write));
    lock.unlock();
    return arrived_.notify_one();
  }
  lock.unlock();
  write->fail(Error(ErrorCode::overloaded, "Too many writes are waiting for the disk."));
  Batch refused;
  refused.push_back(std::move(write));
  post_completions(std::move(refused));
}

std::size_t LmdbWriter::waiting() {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

bool LmdbWriter::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] { return !queue_.empty() || stopping_; };
  auto due = watched_ + kWatchInterval;
  if (unsynced_) due = std::min(due, synced_ + options_.sync_interval);
  arrived_.wait_until(lock, due, has_work);
  return !queue_.empty() || !stopping_;
}

/// What is to be written next; those that have waited for too long fail.
LmdbWriter::Batch LmdbWriter::take() {
  Batch batch;
  Batch late;
  std::size_t bytes = 0;
  {
    const std::scoped_lock lock(mutex_);
    locking_since_.reset();
    blocked_ = false;
    const auto now = Clock::now();
    while (!queue_.empty() && batch.size() < kMaxBatch &&
           (batch.empty() || bytes + queue_.front()->bytes() <= kMaxBatchBytes)) {
      const bool is_late = queue_.front()->deadline() <= now;
      queued_bytes_ -= queue_.front()->bytes();
      if (!is_late) bytes += queue_.front()->bytes();
      (is_late ? late : batch).push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
  }
  fail_late(std::move(late));
  return batch;
}

void LmdbWriter::run() {
  watched_ = Clock::now();
  std::unique_lock lock(mutex_);
  while (wait_for_work(lock)) {
    const bool has_work = !queue_.empty();
    const std::size_t bytes = std::min(queued_bytes_, kMaxBatchBytes);
    if (has_work) locking_since_ = Clock::now();
    lock.unlock();
    if (has_work) commit({}, bytes);
    sync_if_due();
    watch_if_due();
    lock.lock();
  }
  lock.unlock();
  if (unsynced_) (void)file_.sync();
  lock.lock();
  has_ended_ = true;
  ended_.notify_all();
}

/// Under the mutex.
LmdbWriter::Batch LmdbWriter::take_late() {
  const auto now = Clock::now();
  Batch late;
  for (auto& write : queue_) {
    if (write->deadline() > now) continue;
    queued_bytes_ -= write->bytes();
    late.push_back(std::move(write));
  }
  if (!late.empty()) std::erase(queue_, nullptr);
  return late;
}

/// Under the mutex.
void LmdbWriter::note_block() {
  if (blocked_ || !locking_since_ || Clock::now() < *locking_since_ + kBlockedAfter) return;
  blocked_ = true;
  log_.write(Level::error, "store-blocked",
             {{"detail",
               "Another process holds the write lock of the store: end it, or let it go "
               "on if it was stopped."}});
}

/// What the second thread does.
void LmdbWriter::refuse_late_writes() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, kLookInterval, [this] { return has_ended_; })) {
    note_block();
    Batch late = take_late();
    lock.unlock();
    fail_late(std::move(late));
    lock.lock();
  }
}

/// Writes the batch; an empty one is filled when the transaction has begun. `bytes`: about how much
/// it writes, which decides whether space for it is allocated first.
void LmdbWriter::commit(Batch batch, std::size_t bytes) {
  auto begin = Clock::now();
  const auto change = [&batch, &begin, this](MDB_txn* transaction, unsigned items) {
    if (batch.empty()) {
      batch = take();
      begin = Clock::now();
    }
    if (batch.empty()) return 0;
    auto changes = Changes::begin(transaction, items, unix_time().count(), file_.layout());
    if (!changes) return changes.error();
    for (auto& write : batch) {
      if (const int code = write->apply(*changes); code != 0) return code;
    }
    return 0;
  };
  const auto written = file_.write(change, bytes);
  const std::chrono::nanoseconds time = Clock::now() - begin;
  if (!written && batch.empty()) batch = take();
  if (batch.empty()) return;
  for (auto& write : batch) write->note_commit(begin, time);
  if (written) options_.metrics.count_commit(batch.size(), time);
  if (!written && may_succeed_apart(written.error().code()) && batch.size() > 1) {
    const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
    Batch rest(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
    batch.erase(middle, batch.end());
    commit(std::move(batch), bytes);
    return commit(std::move(rest), bytes);
  }
  if (!written && written.error().code() == ErrorCode::store_damaged &&
      batch.front()->may_repeat()) {
    return commit(std::move(batch), bytes);
  }
  if (!written) fail_all(batch, written.error());
  if (written && options_.sync_interval.count() != 0 && !unsynced_) {
    unsynced_ = true;
    synced_ = Clock::now();
  }
  post_completions(std::move(batch));
}

void LmdbWriter::sync_if_due() {
  if (!unsynced_ || Clock::now() < synced_ + options_.sync_interval) return;
  // A failure is logged there, and keeps the next write from being acknowledged.
  (void)file_.sync();
  unsynced_ = false;
}

void LmdbWriter::watch_if_due() {
  const auto now = Clock::now();
  if (now < watched_ + kWatchInterval) return;
  watched_ = now;
  file_.watch();
}

template <typename Operation>
asio::awaitable<Result<typename Operation::Outcome>> LmdbWriter::write(Operation operation,
                                                                       const Context& context) {
  using Outcome = Result<typename Operation::Outcome>;
  auto initiate = [this](auto handler, Operation moved, Clock::time_point until,
                         PendingWrite::Recorded request) {
    asio::any_io_executor executor = asio::prefer(asio::get_associated_executor(handler),
                                                  asio::execution::outstanding_work_t::tracked);
    enqueue(std::make_unique<PendingOperation<Operation>>(
        std::move(executor), until, std::move(request), std::move(moved), std::move(handler)));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Outcome)>(
      initiate, asio::use_awaitable, std::move(operation), context.deadline, context.trace.shared);
}

template asio::awaitable<Result<PutOutcome>> LmdbWriter::write(PutOperation, const Context&);
template asio::awaitable<Result<std::vector<BulkOutcome>>> LmdbWriter::write(PutManyOperation,
                                                                             const Context&);
template asio::awaitable<Result<void>> LmdbWriter::write(RemoveOperation, const Context&);

}  // namespace picus
