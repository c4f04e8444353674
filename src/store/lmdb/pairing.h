#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "core/error.h"
#include "store/lmdb/descriptor.h"

namespace picus {

/// Makes sure that all processes that use a store use the same two files.
///
/// LMDB keeps its mutexes in the lock file. A process that does not find this file creates another
/// one, and shares no mutex with the processes that hold the deleted one: they write at the same
/// time, and destroy the store. The same follows where items.mdb is replaced beside its lock file.
/// So every process holds a shared lock in each of the two files, at an offset that stands for the
/// inode of the other file, and refuses a store in which it finds a lock at another offset.
///
/// These are OFD locks (fcntl(2)), which closing another descriptor of the file does not release.
/// LMDB's own are POSIX locks on the lock file, and closing any of its descriptors does release
/// them: destroy this object after LMDB's environment.
class LmdbPairing {
 public:
  /// No files yet.
  LmdbPairing() = default;
  /// Before LMDB opens them. Creates the lock file where it is absent and can be created.
  explicit LmdbPairing(const std::filesystem::path& items_file);

  /// Makes room on the disk for so many bytes of the lock file, which LMDB writes by a map: without
  /// room that would be a SIGBUS. 0, or the errno of a disk without room.
  [[nodiscard]] int reserve(std::size_t bytes) const;

  /// Whether the lock file could be opened.
  [[nodiscard]] bool has_lock_file() const { return lock_file_.get() >= 0; }

  /// After LMDB opened them; `items` is its descriptor, which keeps the lock. Takes the locks, then
  /// looks for those of others: of two processes that start at once with different files, at least
  /// one is refused. `unlocked`: LMDB does without the lock file, so nobody else may use the store.
  /// Errors: store_unavailable, with a message for the person who starts Picus.
  Result<void> lock(int items, bool unlocked);

  /// Whether no other process has the store open, of this version or of an older one.
  [[nodiscard]] bool is_alone() const;

  /// Whether the file system has such locks. Without them the store is used all the same.
  [[nodiscard]] bool supported() const { return supported_; }

 private:
  [[nodiscard]] bool lock_file_is_in_place() const;
  [[nodiscard]] Result<void> refuse_others(int descriptor, std::int64_t own,
                                           const char* what) const;

  std::filesystem::path items_file_;
  Descriptor lock_file_;
  bool supported_ = true;
};

}  // namespace picus
