#include "store/lmdb/environment.h"

#include <lmdb.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/concat.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/error.h"
#include "store/lmdb/map.h"
#include "store/lmdb/readers.h"
#include "store/lmdb/store_fault.h"
#include "store/lmdb/value.h"

namespace picus {
namespace {

/// Raised when an older Picus could misread what this one writes. 1: Picus 0.1. 2: records may have
/// a checksum.
constexpr unsigned kFormat = 2;
constexpr std::string_view kFormatKey{"\0format", 7};
constexpr std::string_view kFormatPrefix = "picus ";
constexpr mdb_mode_t kFileMode = 0600;
/// No transaction gives back so many pages behind the file's end, which are then never written.
constexpr std::size_t kMaxUnwrittenBytes = 256UZ * 1024 * 1024;

std::unexpected<Error> refuse_open(const StoreFile& file, int code, std::size_t map_bytes) {
  const std::string name = file.path.string();
  switch (code) {
    case ENOMEM:
      return refuse_store(concat("There is not enough address space to map ", name, " (", map_bytes,
                                 " bytes): raise the limit (ulimit -v)."),
                          code);
    case MDB_VERSION_MISMATCH:
      return refuse_store(
          name + " was created by a newer version of LMDB: use a newer version of Picus.", code);
    case MDB_INVALID:
    case MDB_CORRUPTED:
      return refuse_store(
          concat(name, " is not a Picus store, or is damaged: ",
                 file.is_snapshot ? "" : "restore a backup, or ", file.advice(), "."),
          code);
    case EROFS:
      return refuse_store(concat(name, " is on a read-only file system: mount it writable, or ",
                                 file.advice(), "."),
                          code);
    case EACCES:
    case EPERM:
      return refuse_store(concat("This user has no permission for ", name,
                                 " and its lock file: run as its owner, or ", file.advice(), "."),
                          code);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return refuse_store("There is no space for " + name + ": free some disk space.", code);
    default:
      return refuse_store(concat("Cannot open ", name, ": ", mdb_strerror(code), ": ",
                                 file.advice_after(code), "."),
                          code);
  }
}

StoreFile file_of(const EnvironmentOptions& options) {
  if (options.snapshot.empty()) return {items_file(options.directory)};
  return {options.snapshot, /*is_snapshot=*/true};
}

std::size_t file_bytes(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : static_cast<std::size_t>(size);
}

/// The number in a format mark; nothing if it is no mark.
std::optional<unsigned> format_in(MDB_val value) {
  std::string_view text(static_cast<const char*>(value.mv_data), value.mv_size);
  if (!text.starts_with(kFormatPrefix)) return std::nullopt;
  text.remove_prefix(kFormatPrefix.size());
  unsigned format = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), format);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return format;
}

/// Whether this version can work with a file of that format.
Result<void> accept(const StoreFile& file, std::optional<unsigned> format) {
  const std::string name = file.path.string();
  if (!format || *format == 0) {
    return refuse_store(
        concat(name, " is an LMDB file, but not a Picus store: ", file.advice(), "."));
  }
  if (*format <= kFormat) return {};
  return refuse_store(
      concat(name, " was created by a newer version of Picus (format ", *format,
             "; this version reads format ", kFormat,
             "): use that version, or export the items with it and import them here."));
}

void end_for_assertion(MDB_env* /*env*/, const char* assertion) { end_for_damage(assertion); }

void prepare(MDB_env* env, std::size_t map_bytes) {
  mdb_env_set_mapsize(env, map_bytes);
  mdb_env_set_maxreaders(env, kMaxReaders);
  mdb_env_set_assert(env, end_for_assertion);
}

/// Ends the transaction, unless it was committed.
class Transaction {
 public:
  Transaction(MDB_env* env, unsigned flags) : code_(mdb_txn_begin(env, nullptr, flags, &txn_)) {}
  ~Transaction() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] MDB_txn* get() const { return txn_; }
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

 private:
  MDB_txn* txn_ = nullptr;
  int code_;
};

/// How many pages from `first` on are free. LMDB keeps their numbers in database 0, in arrays that
/// begin with their length.
std::expected<std::size_t, int> count_free_pages(MDB_env* env, std::size_t first) {
  constexpr MDB_dbi kFreePages = 0;
  const Transaction transaction(env, MDB_RDONLY);
  if (transaction.code() != 0) return std::unexpected(transaction.code());
  MDB_cursor* cursor = nullptr;
  int code = mdb_cursor_open(transaction.get(), kFreePages, &cursor);
  if (code != 0) return std::unexpected(code);
  std::size_t count = 0;
  MDB_val key{};
  MDB_val value{};
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
    std::vector<std::size_t> numbers(value.mv_size / sizeof(std::size_t));
    if (numbers.empty()) continue;
    std::memcpy(numbers.data(), value.mv_data, numbers.size() * sizeof(std::size_t));
    const auto begin = numbers.begin() + 1;
    const std::size_t length = std::min(numbers.size() - 1, numbers.front());
    const auto is_behind = [first](std::size_t number) { return number >= first; };
    count += static_cast<std::size_t>(
        std::count_if(begin, begin + static_cast<std::ptrdiff_t>(length), is_behind));
  }
  mdb_cursor_close(cursor);
  if (code != MDB_NOTFOUND) return std::unexpected(code);
  return count;
}

}  // namespace

Result<std::unique_ptr<Environment>> Environment::open(const EnvironmentOptions& options) {
  const FaultScope scope;
  const bool must_exist = options.read_only || options.must_exist;
  if (!must_exist) {
    if (auto made = make_directory(options.directory); !made) return std::unexpected(made.error());
  }
  const StoreFile file = file_of(options);
  if (auto good = inspect_file(file, options.read_only, must_exist); !good) {
    return std::unexpected(good.error());
  }
  MDB_env* env = nullptr;
  if (const int code = mdb_env_create(&env); code != 0) return refuse_open(file, code, 0);
  std::unique_ptr<Environment> environment(new Environment(env));
  if (auto opened = environment->open_file(options); !opened) {
    return std::unexpected(opened.error());
  }
  environment->map_ = mapped_range(environment->descriptor());
  // First the length: reading what is not there would kill the process.
  if (auto length = environment->check_length(file.path); !length) {
    return std::unexpected(length.error());
  }
  if (auto format = environment->check_format(file); !format) {
    return std::unexpected(format.error());
  }
  return environment;
}

std::string_view Environment::format_key() { return kFormatKey; }

std::string Environment::format_mark() {
  return std::string(kFormatPrefix) + std::to_string(kFormat);
}

Environment::~Environment() { mdb_env_close(env_); }

Result<void> Environment::open_file(const EnvironmentOptions& options) {
  const StoreFile file = file_of(options);
  const char* const path = file.path.c_str();
  const std::size_t map_bytes = std::max(options.map_bytes, 2 * file_bytes(file.path));
  prepare(env_, map_bytes);
  unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
  if (options.read_only) flags |= MDB_RDONLY;
  if (options.defer_meta_sync) flags |= MDB_NOMETASYNC;
  const bool lock_file_exists = std::filesystem::exists(lock_file(file.path));
  if (!options.snapshot.empty()) {
    const int code = mdb_env_open(env_, path, flags | MDB_NOLOCK, kFileMode);
    if (code != 0) return refuse_open(file, code, map_bytes);
    unlocked_ = true;
    return {};
  }
  if (auto good = inspect_lock_file(file.path); !good) return std::unexpected(good.error());
  process_locks_ = LmdbProcessLocks(file.path);
  if (auto good = process_locks_.inspect(); !good) return std::unexpected(good.error());
  if (const int full = process_locks_.reserve(kLockFileBytes); full != 0) {
    return refuse_open({lock_file(file.path)}, full, map_bytes);
  }
  int code = mdb_env_open(env_, path, flags, kFileMode);
  if (code == EACCES && options.read_only && !lock_file_exists) {
    // Nobody holds a lock, and we may not make one: read without.
    mdb_env_close(std::exchange(env_, nullptr));
    if (code = mdb_env_create(&env_); code != 0) return refuse_open(file, code, map_bytes);
    prepare(env_, map_bytes);
    code = mdb_env_open(env_, path, flags | MDB_NOLOCK, kFileMode);
    unlocked_ = true;
  }
  if (code != 0) return refuse_open(file, code, map_bytes);
  // LMDB itself does without the lock file on a read-only file system.
  if (options.read_only && !process_locks_.has_lock_file()) unlocked_ = true;
  return process_locks_.lock(descriptor(), unlocked_);
}

Result<void> Environment::check_format(const StoreFile& file) {
  unsigned flags = 0;
  mdb_env_get_flags(env_, &flags);
  const bool read_only = (flags & MDB_RDONLY) != 0;
  {
    Transaction transaction(env_, MDB_RDONLY);
    int code = transaction.code();
    if (code == 0) code = mdb_dbi_open(transaction.get(), nullptr, 0, &items_);
    if (code == 0) code = transaction.commit();
    if (code != 0) return refuse_open(file, code, map_bytes());
  }
  Transaction transaction(env_, MDB_RDONLY);
  if (transaction.code() != 0) return refuse_open(file, transaction.code(), map_bytes());
  MDB_val key = value_of(kFormatKey);
  MDB_val mark{};
  const int code = mdb_get(transaction.get(), items_, &key, &mark);
  if (code == 0) return accept_format(file, mark);
  if (code != MDB_NOTFOUND) return refuse_open(file, code, map_bytes());
  MDB_stat stat{};
  mdb_stat(transaction.get(), items_, &stat);
  if (stat.ms_entries != 0 || read_only) return accept(file, std::nullopt);
  return mark_format(file);
}

Result<void> Environment::accept_format(const StoreFile& file, MDB_val mark) {
  const auto format = format_in(mark);
  auto accepted = accept(file, format);
  if (accepted) format_ = *format;
  return accepted;
}

std::expected<bool, int> Environment::raise_format() {
  if (format_ >= kFormat || !process_locks_.is_alone()) return false;
  Transaction transaction(env_, 0);
  int code = transaction.code();
  const std::string text = format_mark();
  MDB_val key = value_of(kFormatKey);
  MDB_val mark = value_of(text);
  if (code == 0) code = mdb_put(transaction.get(), items_, &key, &mark, 0);
  if (code == 0) code = transaction.commit();
  if (code == 0) code = mdb_env_sync(env_, 1);
  if (code != 0) return std::unexpected(code);
  format_ = kFormat;
  return true;
}

Result<void> Environment::mark_format(const StoreFile& file) {
  Transaction transaction(env_, 0);
  int code = transaction.code();
  const std::string text = format_mark();
  MDB_val key = value_of(kFormatKey);
  MDB_val mark = value_of(text);
  // Another process may have been quicker; it wrote the same.
  if (code == 0) code = mdb_put(transaction.get(), items_, &key, &mark, MDB_NOOVERWRITE);
  if (code == MDB_KEYEXIST) return accept_format(file, mark);
  if (code == 0) code = transaction.commit();
  if (code == 0) code = mdb_env_sync(env_, 1);
  if (code != 0) return refuse_open(file, code, map_bytes());
  format_ = kFormat;
  return sync_directory(file.path.parent_path());
}

Result<void> Environment::check_length(const std::filesystem::path& file) const {
  const std::size_t used = used_bytes();  // before the length: the file only grows
  const std::size_t length = file_bytes(file);
  if (length >= used || lacks_only_free_pages(length, used)) return {};
  return refuse_store(concat(file.string(), " is truncated: it has ", length, " of ", used,
                             " bytes. Restore a backup."));
}

bool Environment::lacks_only_free_pages(std::size_t length, std::size_t used) const {
  // A page that one transaction took behind the file's end and gave back is never written.
  if (map_.begin == map_.end) return true;  // where the map is cannot be known
  if (map_.end - map_.begin < used) return false;
  const std::size_t first = length / page_bytes();
  const std::size_t offset = first * page_bytes();
  const Zeros zeros(descriptor(), {.begin = map_.begin + offset, .end = map_.begin + used}, offset);
  return count_free_pages(env_, first) == used / page_bytes() - first;
}

int Environment::set_map_bytes(std::size_t bytes) {
  const int code = mdb_env_set_mapsize(env_, bytes);
  map_ = code == 0 ? mapped_range(descriptor()) : AddressRange{};
  return code;
}

int Environment::descriptor() const {
  int descriptor = -1;
  mdb_env_get_fd(env_, &descriptor);
  return descriptor;
}

std::size_t Environment::map_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return info.me_mapsize;
}

std::size_t Environment::page_bytes() const {
  MDB_stat stat{};
  mdb_env_stat(env_, &stat);
  return stat.ms_psize;
}

std::size_t Environment::used_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return (info.me_last_pgno + 1) * page_bytes();
}

std::size_t Environment::last_transaction() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return info.me_last_txnid;
}

bool Environment::exceeds_file() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);  // before the length: the file only grows
  struct stat status{};
  if (::fstat(descriptor(), &status) != 0) return false;
  const std::size_t limit = static_cast<std::size_t>(status.st_size) + kMaxUnwrittenBytes;
  return info.me_last_pgno > limit / page_bytes();  // the product could overflow
}

}  // namespace picus
