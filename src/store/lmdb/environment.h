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
#include "store/lmdb/pairing.h"
#include "store/lmdb/record.h"

struct MDB_env;
struct MDB_val;  // NOLINT(readability-identifier-naming): LMDB's name

namespace picus {

struct EnvironmentOptions {
  std::filesystem::path directory;
  std::size_t map_bytes;    ///< address space; raised to twice the file's size
  bool read_only = false;   ///< the directory is not changed, save for LMDB's lock file
  bool must_exist = false;  ///< as with read_only, an absent or empty file is an error
  /// Commits sync their pages at once, their meta page with the next sync.
  bool defer_meta_sync = false;
  /// With read_only: this file, which no process uses, in place of the directory's, and no lock
  /// file.
  std::filesystem::path snapshot = {};
};

/// One opened LMDB environment that carries Picus's format mark: items by key in the unnamed
/// database, and under a key that begins with a zero byte, which no item has, the number of the
/// format. LMDB forbids to open one file twice in a process at a time.
class Environment {
 public:
  /// The key and the value of this version's format mark.
  static std::string_view format_key();
  static std::string format_mark();

  /// Errors name the path and the way out; their code is store_unavailable.
  static Result<std::unique_ptr<Environment>> open(const EnvironmentOptions& options);

  /// Every transaction has ended by now.
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] MDB_env* get() const { return env_; }
  /// The database of the items.
  [[nodiscard]] unsigned items() const { return items_; }
  /// The file cannot be locked, as on a read-only file system: a process that writes it meanwhile
  /// goes unnoticed.
  [[nodiscard]] bool unlocked() const { return unlocked_; }
  /// Whether a process that uses the file with another lock file would be noticed.
  [[nodiscard]] bool is_paired() const { return unlocked_ || pairing_.supported(); }

  /// How records are to be written: as every process can read them that may have the file open.
  [[nodiscard]] Layout layout() const {
    return format_ < kFormatWithChecksums ? Layout::without_checksum : Layout::with_checksum;
  }
  /// If the store's format is an older one and no other process has the store open: makes it this
  /// version's, after which older ones refuse the store. Whether it did. An LMDB code.
  std::expected<bool, int> raise_format();

  [[nodiscard]] int descriptor() const;
  [[nodiscard]] std::size_t map_bytes() const;
  /// Where the file is mapped; empty where that cannot be known (no /proc).
  [[nodiscard]] AddressRange map() const { return map_; }
  /// Whether bytes that a read transaction gave out lie in the map. Those of a damaged node need
  /// not.
  [[nodiscard]] bool has_mapped(std::string_view bytes) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    return map_.begin == map_.end ||
           (begin >= map_.begin && begin <= map_.end && bytes.size() <= map_.end - begin);
  }
  /// 0: adopts what another process made of it. Only without a transaction in this process. An LMDB
  /// code; after a failure the environment can only be closed.
  int set_map_bytes(std::size_t bytes);
  [[nodiscard]] std::size_t page_bytes() const;
  /// What the last committed state takes of the file, from its beginning.
  [[nodiscard]] std::size_t used_bytes() const;
  /// The number of the last committed transaction, as the file has it.
  [[nodiscard]] std::size_t last_transaction() const;
  /// Whether the last committed state takes more than the file can have: the meta page is damaged.
  [[nodiscard]] bool exceeds_file() const;

 private:
  /// Formats below have no records with a checksum.
  static constexpr unsigned kFormatWithChecksums = 2;

  explicit Environment(MDB_env* env) : env_(env) {}
  Result<void> open_file(const EnvironmentOptions& options);
  Result<void> check_format(const std::filesystem::path& file);
  Result<void> accept_format(const std::filesystem::path& file, MDB_val mark);
  Result<void> mark_format(const std::filesystem::path& file);
  Result<void> check_length(const std::filesystem::path& file) const;
  [[nodiscard]] bool lacks_only_free_pages(std::size_t length, std::size_t used) const;

  LmdbPairing pairing_;  ///< outlives env_, see there
  MDB_env* env_;
  unsigned items_ = 0;
  unsigned format_ = 0;
  bool unlocked_ = false;
  AddressRange map_;
};

}  // namespace picus
