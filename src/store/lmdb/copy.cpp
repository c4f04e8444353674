#include "store/lmdb/copy.h"

#include <lmdb.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "core/concat.h"
#include "json/text.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/error.h"
#include "store/lmdb/file.h"
#include "store/lmdb/record.h"
#include "store/lmdb/store_fault.h"
#include "store/lmdb/value.h"

namespace picus {
namespace {

/// Written and synced at once: a server on the same disk waits for its own sync meanwhile.
constexpr std::uint64_t kBytesPerCommit = 8UZ * 1024 * 1024;
constexpr std::uint64_t kItemsPerProgress = 256;
constexpr std::size_t kCopyMapBytes = 1UZ << 30U;
constexpr mdb_mode_t kCopyFileMode = 0600;

std::unexpected<Error> damaged(std::string_view key, std::string_view what) {
  std::string message = "The item ";
  json::append_string(message, key);
  return failure(ErrorCode::store_damaged, message + " " + std::string(what));
}

std::unexpected<Error> broken_behind(std::string_view key, std::string_view what) {
  std::string message = "The store is damaged after the key ";
  json::append_string(message, key);
  return failure(ErrorCode::store_damaged, message + ": " + std::string(what) + ".");
}

std::unexpected<Error> cannot_write(int code) {
  // LMDB says EIO for a write that was cut short, as on a full disk.
  const bool full = is_full(code) || code == EIO;
  return failure(full ? ErrorCode::store_full : ErrorCode::store_unavailable,
                 (full ? "There is no space for the copy, or its disk cannot be written: "
                       : "The copy cannot be written: ") +
                     std::string(mdb_strerror(code)) + ".");
}

/// The new file, while it is filled with ascending keys.
class NewStore {
 public:
  explicit NewStore(bool shares_disk) : shares_disk_(shares_disk) {}
  ~NewStore() {
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
    if (env_ != nullptr) mdb_env_close(env_);
  }
  NewStore(const NewStore&) = delete;
  NewStore& operator=(const NewStore&) = delete;

  // Each returns an LMDB code.
  int open(const std::filesystem::path& file, std::size_t map_bytes) {
    int code = mdb_env_create(&env_);
    if (code == 0) code = mdb_env_set_mapsize(env_, map_bytes);
    // Durable are the syncs below; no other process knows the file.
    constexpr unsigned kFlags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC;
    if (code == 0) code = mdb_env_open(env_, file.c_str(), kFlags, kCopyFileMode);
    return code == 0 ? begin() : code;
  }

  int append(std::string_view key, std::string_view value) {
    MDB_val place = value_of(key);
    MDB_val content = value_of(value);
    const int code = mdb_put(transaction_, items_, &place, &content, MDB_APPEND);
    return code == 0 ? count(key.size() + value.size()) : code;
  }

  int append(std::string_view key, const Record& record) {
    constexpr Layout kLayout = Layout::with_checksum;
    MDB_val place = value_of(key);
    MDB_val room{.mv_size = record_bytes(record, kLayout), .mv_data = nullptr};
    const int code = mdb_put(transaction_, items_, &place, &room, MDB_APPEND | MDB_RESERVE);
    if (code != 0) return code;
    write_record(key, record, kLayout, std::span(static_cast<char*>(room.mv_data), room.mv_size));
    return count(key.size() + room.mv_size);
  }

  int finish() {
    int code = mdb_txn_commit(std::exchange(transaction_, nullptr));
    if (code == 0) code = mdb_env_sync(env_, 1);
    return code;
  }

 private:
  int begin() {
    const int code = mdb_txn_begin(env_, nullptr, 0, &transaction_);
    return code == 0 ? mdb_dbi_open(transaction_, nullptr, 0, &items_) : code;
  }

  int count(std::size_t bytes) {
    uncommitted_ += bytes;
    if (uncommitted_ < kBytesPerCommit) return 0;
    uncommitted_ = 0;
    const auto begun = std::chrono::steady_clock::now();
    const int code = finish();
    // A server's syncs wait while the disk is busy with this one: they get twice as much time.
    if (shares_disk_) std::this_thread::sleep_for(2 * (std::chrono::steady_clock::now() - begun));
    return code == 0 ? begin() : code;
  }

  MDB_env* env_ = nullptr;
  MDB_txn* transaction_ = nullptr;
  MDB_dbi items_ = 0;
  std::uint64_t uncommitted_ = 0;
  bool shares_disk_;
};

class Copy {
 public:
  Copy(MDB_txn* snapshot, const Environment& source, const CopyOptions& options)
      : snapshot_(snapshot),
        source_(source),
        options_(options),
        target_(/*shares_disk=*/!source.unlocked()) {}

  Result<CopyReport> run() {
    MDB_stat stat{};
    mdb_stat(snapshot_, source_.items(), &stat);
    entries_in_all_ = stat.ms_entries;
    bytes_at_begin_ = source_bytes();
    const std::size_t map_bytes = 2 * source_.used_bytes() + kCopyMapBytes;
    int code = target_.open(options_.to, map_bytes);
    if (code == 0) code = target_.append(Environment::format_key(), Environment::format_mark());
    if (code != 0) return cannot_write(code);
    if (auto walked = walk(); !walked) return std::unexpected(walked.error());
    if (report_.stopped) return std::move(report_);
    if (entries_ != entries_in_all_) {
      return failure(ErrorCode::store_damaged, concat("The store is damaged: ", entries_, " of ",
                                                      entries_in_all_, " entries were found."));
    }
    if (code = target_.finish(); code != 0) return cannot_write(code);
    std::error_code error;
    report_.file_bytes = std::filesystem::file_size(options_.to, error);
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::uint64_t source_bytes() const {
    struct stat status{};
    return ::fstat(source_.descriptor(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size)
                                                       : 0;
  }

  Result<void> walk() {
    MDB_cursor* opened = nullptr;
    if (const int code = mdb_cursor_open(snapshot_, source_.items(), &opened); code != 0) {
      return std::unexpected(lmdb_error(code, "copy"));
    }
    const LmdbCursor cursor(opened);
    std::string last;
    MDB_val key{};
    MDB_val value{};
    int code = mdb_cursor_get(cursor.get(), &key, &value, MDB_FIRST);
    while (code == 0) {
      if (!source_.has_mapped(text_of(key)) ||
          (entries_ != 0 && text_of(key) <= std::string_view(last))) {
        return broken_behind(last, "the keys do not ascend");
      }
      ++entries_;
      last = text_of(key);
      if (text_of(key) >= kFirstKey) {
        if (auto copied = copy_item(text_of(key), text_of(value)); !copied) return copied;
      }
      if (entries_ % kItemsPerProgress == 0 && !go_on()) return {};
      code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
    }
    if (code != MDB_NOTFOUND) return broken_behind(last, mdb_strerror(code));
    return {};
  }

  Result<void> copy_item(std::string_view key, std::string_view value) {
    const auto record =
        source_.has_mapped(value) ? read_record(key, value) : std::optional<Record>();
    if (!record) {
      if (!options_.skip_damaged) return damaged(key, "is damaged and cannot be read.");
      report_.damaged.emplace_back(key);
      return {};
    }
    const bool old = layout_of(value) == Layout::without_checksum;
    const int code = old ? target_.append(key, *record) : target_.append(key, value);
    if (code != 0) return cannot_write(code);
    ++report_.items;
    report_.json_bytes += record->json.size();
    give_back(value);
    return {};
  }

  bool go_on() {
    const CopyProgress progress{.items = report_.items,
                                .items_in_all = entries_in_all_,
                                .json_bytes = report_.json_bytes,
                                .source_doubled = source_bytes() >= 2 * bytes_at_begin_};
    report_.stopped = options_.progress && !options_.progress(progress);
    return !report_.stopped;
  }

  /// Takes from this process's memory what it has read of the map, now and then.
  void give_back(std::string_view value) {
    constexpr std::uint64_t kStep = 64UZ * 1024 * 1024;
    read_ += value.size();
    if (read_ < kStep) return;
    read_ = 0;
    const AddressRange map = source_.map();
    if (map.begin == map.end) return;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel told the address as a number.
    ::madvise(reinterpret_cast<void*>(map.begin), map.end - map.begin, MADV_DONTNEED);
  }

  MDB_txn* snapshot_;
  const Environment& source_;
  const CopyOptions& options_;
  NewStore target_;
  CopyReport report_;
  std::uint64_t entries_ = 0;
  std::uint64_t entries_in_all_ = 0;
  std::uint64_t bytes_at_begin_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace

Result<CopyReport> copy_directory(const std::filesystem::path& directory, Log& log,
                                  const CopyOptions& options) {
  auto file =
      LmdbFile::open({.directory = directory, .map_bytes = kCopyMapBytes, .read_only = true}, log);
  if (!file) return std::unexpected(std::move(file.error()));
  const auto snapshot = (*file)->read();
  if (!snapshot) return std::unexpected(snapshot.error());
  return Copy(snapshot->get(), snapshot->environment(), options).run();
}

Result<CopyReport> copy_file(const std::filesystem::path& file, const CopyOptions& options) {
  const FaultScope scope;
  const auto source = Environment::open({.directory = file.parent_path(),
                                         .map_bytes = kCopyMapBytes,
                                         .read_only = true,
                                         .snapshot = file});
  if (!source) return std::unexpected(source.error());
  MDB_txn* transaction = nullptr;
  if (const int code = mdb_txn_begin((*source)->get(), nullptr, MDB_RDONLY, &transaction);
      code != 0) {
    return std::unexpected(lmdb_error(code, "copy"));
  }
  auto report = Copy(transaction, **source, options).run();
  mdb_txn_abort(transaction);
  return report;
}

}  // namespace picus
