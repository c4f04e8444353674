#include "store/lmdb/file.h"

#include <lmdb.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "core/log.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/error.h"
#include "store/lmdb/preallocation.h"
#include "store/lmdb/store_fault.h"

namespace picus {
namespace {

constexpr auto kReaderCheckInterval = std::chrono::seconds{5};
/// A larger write gains nothing from blocks written beforehand.
constexpr std::size_t kMaxPreallocatedWrite = 256UZ * 1024;
constexpr std::size_t kMetaPages = 2;

/// Whether the address space has room for so much more (RLIMIT_AS). Tried beforehand, as LMDB gives
/// its map up before it asks for a larger one.
bool has_address_space(std::size_t bytes) {
  void* probe =
      ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe == MAP_FAILED) return false;
  ::munmap(probe, bytes);
  return true;
}

/// What can be wrong with the machine, not with the request or this program.
bool is_io_failure(int code) { return code > 0 || code == MDB_PANIC || code == MDB_MAP_RESIZED; }

/// Whether snapshots can still be had: after a failed meta page LMDB refuses them too.
bool can_read(const Environment& environment) {
  MDB_txn* transaction = nullptr;
  if (mdb_txn_begin(environment.get(), nullptr, MDB_RDONLY, &transaction) != 0) return false;
  mdb_txn_abort(transaction);
  return true;
}

/// Whether the file was lost in a way that it cannot be read either.
bool is_changed(Loss loss) { return loss == Loss::truncated || loss == Loss::overwritten; }

std::unexpected<Error> is_gone() {
  return failure(ErrorCode::store_unavailable, "The store lost its file; restart the server.");
}

std::unexpected<Error> stays_unavailable(const Error& reason) {
  // The reason's message is for the person who starts Picus: it names paths.
  return failure(ErrorCode::store_unavailable, lmdb_error(MDB_PANIC, "reopen").message(),
                 reason.message());
}

}  // namespace

Result<std::unique_ptr<LmdbFile>> LmdbFile::open(EnvironmentOptions options, Log& log,
                                                 const LmdbMetrics& metrics) {
  std::unique_ptr<LmdbFile> file(new LmdbFile(std::move(options), log, metrics));
  auto environment = Environment::open(file->options_);
  if (!environment) return std::unexpected(std::move(environment.error()));
  file->environment_ = std::move(*environment);
  file->options_.must_exist = true;  // a disk that went away meanwhile is no new store
  file->place_ = FileWatch(items_file(file->options_.directory), file->environment_->descriptor());
  file->last_transaction_ = file->environment_->last_transaction();
  file->healthy_ = true;
  if (!file->options_.read_only) file->raise_format();
  file->clear_stale_readers();
  if (file->environment_->unlocked()) {
    log.write(Level::warning, "store-read-without-lock", {});
  }
  if (!file->environment_->has_process_locks())
    log.write(Level::warning, "store-lock-unavailable", {});
  return file;
}

LmdbFile::~LmdbFile() {
  const auto locks = slots_.lock_all();
  slots_.clear();
}

Result<ReadTransaction> LmdbFile::read() {
  if (is_changed(loss_.load(std::memory_order_relaxed))) return is_gone();
  for (;;) {
    auto transaction = slots_.begin(environment_);
    if (transaction) return std::move(*transaction);
    if (transaction.error() != MDB_MAP_RESIZED) {
      return std::unexpected(lmdb_error(transaction.error(), "begin reading"));
    }
    const std::lock_guard lock(write_mutex_);
    if (const int code = follow_growth(); code != 0) {
      return std::unexpected(lmdb_error(code, "follow growth"));
    }
  }
}

Result<void> LmdbFile::write(const Change& change, std::size_t bytes) {
  const FaultScope scope;
  const std::lock_guard lock(write_mutex_);
  if (is_lost()) return is_gone();
  if (!healthy()) {
    if (auto recovered = reopen(); !recovered) return recovered;
  }
  clear_stale_readers();
  int code = try_to_write(change, bytes);
  while (code == MDB_MAP_FULL || code == MDB_MAP_RESIZED) {
    const int grown = code == MDB_MAP_FULL ? grow() : follow_growth();
    if (grown != 0) return settle(grown);
    code = try_to_write(change, bytes);
  }
  if (code == 0) return {};
  if (loss_ != Loss::none) return is_gone();
  return settle(code);
}

int LmdbFile::try_to_write(const Change& change, std::size_t bytes) {
  MDB_txn* transaction = nullptr;
  if (const int code = mdb_txn_begin(environment_->get(), nullptr, 0, &transaction); code != 0) {
    return code;
  }
  // LMDB counts transactions in the lock file too, and nobody else commits while this one is open.
  // After a failed meta page of another process, the file's count can be one ahead.
  const std::size_t ahead = environment_->last_transaction() + 1 - mdb_txn_id(transaction);
  if (ahead > 1) {
    mdb_txn_abort(transaction);
    lose(Loss::overwritten);
    return MDB_CORRUPTED;
  }
  if (environment_->exceeds_file()) {
    mdb_txn_abort(transaction);
    return MDB_CORRUPTED;
  }
  if (bytes <= kMaxPreallocatedWrite) {
    preallocate(environment_->descriptor(), environment_->used_bytes());
  }
  if (const int code = change(transaction, environment_->items()); code != 0) {
    mdb_txn_abort(transaction);
    return code;
  }
  const Stopwatch watch(syncs_);
  const int code = mdb_txn_commit(transaction);
  if (code == 0) watch.observe();
  return code;
}

bool LmdbFile::is_lost() {
  if (loss_ != Loss::none) return true;
  Loss loss = place_.look();
  if (loss == Loss::none && environment_) {
    const std::size_t last = environment_->last_transaction();
    if (last + 1 < last_transaction_) loss = Loss::overwritten;
    last_transaction_ = last;
  }
  if (loss != Loss::none) lose(loss);
  return loss != Loss::none;
}

void LmdbFile::lose(Loss loss) {
  loss_ = loss;
  healthy_ = false;
  log_.write(
      Level::error, "store-lost",
      {{"file", items_file(options_.directory).string()}, {"reason", std::string(name_of(loss))}});
}

int LmdbFile::set_map_bytes(std::size_t bytes) {
  const auto locks = slots_.lock_all();
  if (!environment_) return MDB_PANIC;
  const int code = environment_->set_map_bytes(bytes);
  if (code == 0) return 0;
  // LMDB has unmapped the file by now, and would read it all the same.
  healthy_ = false;
  slots_.clear();
  environment_.reset();
  return code;
}

int LmdbFile::follow_growth() {
  if (environment_ && environment_->exceeds_file()) return MDB_CORRUPTED;
  return set_map_bytes(0);
}

int LmdbFile::grow() {
  const std::size_t before = environment_->map_bytes();
  if (!has_address_space(before)) return MDB_MAP_FULL;
  if (const int code = set_map_bytes(2 * before); code != 0) return code;
  options_.map_bytes = 2 * before;
  log_.write(Level::info, "store-map-grown",
             {{"map_bytes", static_cast<std::int64_t>(options_.map_bytes)}});
  return 0;
}

int LmdbFile::diagnose(int code) {
  if (!environment_) return code;
  MDB_txn* transaction = nullptr;
  if (mdb_txn_begin(environment_->get(), nullptr, 0, &transaction) != 0) {
    healthy_ = false;
    return code;
  }
  const int growth = code == EIO ? try_to_grow(environment_->descriptor()) : 0;
  mdb_txn_abort(transaction);
  if (is_full(growth)) return growth;
  if (is_io_failure(code) && !is_full(code)) healthy_ = false;
  return code;
}

Result<void> LmdbFile::settle(int code) {
  code = diagnose(code);
  Error error = lmdb_error(code, "write");
  log_.write(Level::error, "store-write-failed", {{"error", error.detail()}});
  if (!healthy()) {
    if (auto reopened = reopen(); !reopened) {
      log_.write(Level::error, "store-stays-unavailable", {{"error", reopened.error().detail()}});
    }
  }
  return std::unexpected(std::move(error));
}

Result<void> LmdbFile::reopen() {
  healthy_ = false;
  const auto locks = slots_.lock_all();
  slots_.clear();
  // Looked at first, so that reading goes on where the file system became read-only.
  const auto writable =
      inspect_file({items_file(options_.directory)}, /*read_only=*/false, /*must_exist=*/true);
  if (!writable && environment_ && can_read(*environment_)) {
    return stays_unavailable(writable.error());
  }
  environment_.reset();
  auto environment = Environment::open(options_);
  if (!environment) {
    EnvironmentOptions reading = options_;
    reading.read_only = true;
    if (auto reader = Environment::open(reading)) environment_ = std::move(*reader);
    return stays_unavailable(environment.error());
  }
  environment_ = std::move(*environment);
  if (const int code = rewrite_meta_pages(); code != 0) {
    return std::unexpected(lmdb_error(code, "rewrite meta pages"));
  }
  if (is_lost()) return is_gone();
  healthy_ = true;
  log_.write(Level::info, "store-reopened", {});
  return {};
}

int LmdbFile::rewrite_meta_pages() {
  MDB_txn* transaction = nullptr;  // keeps other writers out
  if (const int code = mdb_txn_begin(environment_->get(), nullptr, 0, &transaction); code != 0) {
    return code;
  }
  const int descriptor = environment_->descriptor();
  std::vector<char> pages(kMetaPages * environment_->page_bytes());
  const auto bytes = static_cast<ssize_t>(pages.size());
  int code = 0;
  if (::pread(descriptor, pages.data(), pages.size(), 0) != bytes ||
      ::pwrite(descriptor, pages.data(), pages.size(), 0) != bytes) {
    code = EIO;
  } else if (::fdatasync(descriptor) != 0) {
    code = errno;
  }
  mdb_txn_abort(transaction);
  return code;
}

Result<void> LmdbFile::sync() {
  const FaultScope scope;
  const std::lock_guard lock(write_mutex_);
  if (is_changed(loss_)) return is_gone();
  if (loss_ == Loss::none && !healthy()) return reopen();
  const Stopwatch watch(syncs_);
  const int code = mdb_env_sync(environment_->get(), 1);
  if (code == 0) {
    watch.observe();
    return {};
  }
  return settle(code);
}

LmdbFile::Sizes LmdbFile::sizes() {
  const auto snapshot = read();
  if (!snapshot) return {};
  const Environment& environment = snapshot->environment();
  struct stat status{};
  ::fstat(environment.descriptor(), &status);
  MDB_envinfo info{};
  mdb_env_info(environment.get(), &info);
  return {.used_bytes = static_cast<std::int64_t>(environment.used_bytes()),
          .file_bytes = status.st_size,
          .readers = info.me_numreaders};
}

Result<void> LmdbFile::recover() {
  const FaultScope scope;
  const std::lock_guard lock(write_mutex_);
  if (is_lost()) return is_gone();
  if (healthy()) return {};
  return reopen();
}

void LmdbFile::watch() {
  // A failure to become healthy is found again by whoever writes, and logged there.
  if (!recover()) return;
  const std::lock_guard lock(write_mutex_);
  if (healthy()) raise_format();
}

void LmdbFile::raise_format() {
  const FaultScope scope;
  const auto raised = environment_->raise_format();
  if (!raised) {
    (void)settle(raised.error());
  } else if (*raised) {
    log_.write(Level::info, "store-format-raised", {});
  }
}

void LmdbFile::clear_stale_readers() {
  const auto now = std::chrono::steady_clock::now();
  if (now - readers_checked_ < kReaderCheckInterval) return;
  readers_checked_ = now;
  int cleared = 0;
  if (mdb_reader_check(environment_->get(), &cleared) != 0 || cleared == 0) return;
  log_.write(Level::info, "store-stale-readers-cleared", {{"readers", std::int64_t{cleared}}});
}

}  // namespace picus
