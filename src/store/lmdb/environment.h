#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"
#include "store/lmdb/map.h"
#include "store/lmdb/process_locks.h"
#include "store/lmdb/record.h"

struct MDB_env;
struct MDB_val;  // NOLINT(readability-identifier-naming): LMDB's name

namespace picus {

struct StoreFile;

struct EnvironmentOptions {
  std::filesystem::path directory;
  std::size_t map_bytes;    ///< address space; raised to twice the size of the file
  bool read_only = false;   ///< the directory is not changed, except for the lock file of LMDB
  bool must_exist = false;  ///< as with read_only, an absent or empty file is an error
  /// Commits sync their pages immediately, and their meta page with the next sync.
  bool defer_meta_sync = false;
  /// With read_only: opens this file, which no process uses, instead of that of the directory, and
  /// no lock file.
  std::filesystem::path snapshot = {};
};

/// An open LMDB environment with the format mark of Picus: the unnamed database has the items by
/// key, and the number of the format under a key that starts with a zero byte, which no item has.
/// LMDB forbids opening a file twice in a process.
class Environment {
 public:
  /// The key and the value of the format mark of this version.
  static std::string_view format_key();
  static std::string format_mark();

  /// Errors have the path and a solution; their code is store_unavailable.
  static Result<std::unique_ptr<Environment>> open(const EnvironmentOptions& options);

  /// All transactions must have ended.
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] MDB_env* get() const { return env_; }
  /// The database of the items.
  [[nodiscard]] unsigned items() const { return items_; }
  /// The file cannot be locked, as on a read-only file system: a process that writes to it is not
  /// detected.
  [[nodiscard]] bool unlocked() const { return unlocked_; }
  /// Whether a process that uses the file with another lock file is detected.
  [[nodiscard]] bool has_process_locks() const { return unlocked_ || process_locks_.supported(); }

  /// The layout of new records: one that every process with the file open can read.
  [[nodiscard]] Layout layout() const {
    return format_ < kFormatWithChecksums ? Layout::without_checksum : Layout::with_checksum;
  }
  /// If the format of the store is older and no other process has the store open, raises it to that
  /// of this version; older versions then refuse the store. Returns whether it did, or an LMDB
  /// code.
  std::expected<bool, int> raise_format();

  [[nodiscard]] int descriptor() const;
  [[nodiscard]] std::size_t map_bytes() const;
  /// Where the file is mapped; empty if that is unknown (no /proc).
  [[nodiscard]] AddressRange map() const { return map_; }
  /// Whether bytes from a read transaction are inside the map. Those of a damaged node may be
  /// outside.
  [[nodiscard]] bool has_mapped(std::string_view bytes) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    return map_.begin == map_.end ||
           (begin >= map_.begin && begin <= map_.end && bytes.size() <= map_.end - begin);
  }
  /// 0: adopts the size that another process has set. Only without a transaction in this process.
  /// An LMDB code; after a failure the environment can only be closed.
  int set_map_bytes(std::size_t bytes);
  [[nodiscard]] std::size_t page_bytes() const;
  /// The size of the last committed state, from the start of the file.
  [[nodiscard]] std::size_t used_bytes() const;
  /// The number of the last committed transaction in the file.
  [[nodiscard]] std::size_t last_transaction() const;
  /// Whether the last committed state is larger than the file can be: the meta page is damaged.
  [[nodiscard]] bool exceeds_file() const;

 private:
  /// Older formats have no records with a checksum.
  static constexpr unsigned kFormatWithChecksums = 2;

  explicit Environment(MDB_env* env) : env_(env) {}
  Result<void> open_file(const EnvironmentOptions& options);
  Result<void> check_format(const StoreFile& file);
  Result<void> accept_format(const StoreFile& file, MDB_val mark);
  Result<void> mark_format(const StoreFile& file);
  Result<void> check_length(const std::filesystem::path& file) const;
  [[nodiscard]] bool lacks_only_free_pages(std::size_t length, std::size_t used) const;

  LmdbProcessLocks process_locks_;  ///< outlives env_, see there
  MDB_env* env_;
  unsigned items_ = 0;
  unsigned format_ = 0;
  bool unlocked_ = false;
  AddressRange map_;
};

}  // namespace picus
