#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "core/file_descriptor.h"

namespace picus {

/// Reads who holds the write lock of a store: a mutex in LMDB's lock file.
class WriteLockReader {
 public:
  /// Opens the lock file of this items file. Destroy this object after the environment of LMDB in
  /// this process: closing the file releases LMDB's POSIX locks on it.
  explicit WriteLockReader(const std::filesystem::path& items_file);

  /// The process id; nothing: no other process is known to hold it. A process in another PID
  /// namespace may be unknown.
  [[nodiscard]] std::optional<pid_t> other_holder() const;

 private:
  FileDescriptor lock_file_;
};

}  // namespace picus
