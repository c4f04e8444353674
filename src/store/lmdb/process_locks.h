#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "core/error.h"
#include "core/file_descriptor.h"

namespace picus {

/// Ensures that all processes that use a store use the same two files.
///
/// LMDB keeps its mutexes in the lock file. A process that does not find this file creates another
/// one, and shares no mutex with the processes that have the deleted file open: they write at the
/// same time and destroy the store. The same happens if items.mdb is replaced without its lock
/// file. Therefore every process holds a shared lock in each of the two files, at an offset derived
/// from the inode of the other file, and refuses a store in which it finds a lock at another
/// offset.
///
/// These are OFD locks (fcntl(2)), which closing another descriptor of the file does not release.
/// The locks of LMDB are POSIX locks on the lock file, which closing any of its descriptors
/// releases: destroy this object after the environment of LMDB.
class LmdbProcessLocks {
 public:
  /// No files yet.
  LmdbProcessLocks() = default;
  /// Called before LMDB opens them. Creates the lock file if it does not exist and can be created.
  explicit LmdbProcessLocks(const std::filesystem::path& items_file);

  /// Checks the lock file that is open, if one is: the name can have become that of another file
  /// after `inspect_lock_file`. Nothing has been written to it yet.
  [[nodiscard]] Result<void> inspect() const;

  /// Allocates disk space for this number of bytes of the lock file, which LMDB writes through a
  /// map: without space this would cause a SIGBUS. Returns 0, or the errno of a full disk.
  [[nodiscard]] int reserve(std::size_t bytes) const;

  /// Whether the lock file could be opened.
  [[nodiscard]] bool has_lock_file() const { return static_cast<bool>(lock_file_); }

  /// Called after LMDB has opened them; `items` is its descriptor, which keeps the lock. Takes the
  /// locks, then looks for those of other processes: if two processes start at the same time with
  /// different files, at least one is refused. `unlocked`: LMDB does not use the lock file, so no
  /// other process may use the store. Errors: store_unavailable, with a message for the operator.
  Result<void> lock(int items, bool unlocked);

  /// Whether no other process, of this or an older version, has the store open.
  [[nodiscard]] bool is_alone() const;

  /// Whether the file system supports such locks. Without them the store is used nevertheless.
  [[nodiscard]] bool supported() const { return supported_; }

 private:
  [[nodiscard]] bool lock_file_is_in_place() const;
  [[nodiscard]] Result<void> refuse_others(int descriptor, std::int64_t own,
                                           const char* what) const;

  std::filesystem::path items_file_;
  FileDescriptor lock_file_;
  bool supported_ = true;
};

}  // namespace picus
