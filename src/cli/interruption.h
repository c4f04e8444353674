#pragma once

#include <filesystem>
#include <thread>

#include "cli/signals.h"
#include "core/file_descriptor.h"

namespace picus::cli {

/// Ends the process with exit code 130 if a command that writes to a data directory does not end
/// after a signal: nothing interrupts the wait for the write lock of the store. If another process
/// holds the lock, this happens after a second, otherwise after ten, which is time for a commit on
/// a slow disk. The store stays valid: what is not committed is not written.
class Interruption {
 public:
  /// `signals` outlives it. Construct it before the store is opened.
  Interruption(std::filesystem::path data, const Signals& signals);
  /// The command ends by itself. Destroy it after the store is closed.
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  void run() const;

  std::filesystem::path data_;
  const Signals& signals_;
  FileDescriptor ended_;
  std::thread thread_;
};

}  // namespace picus::cli
