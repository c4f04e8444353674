#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/file_descriptor.h"

namespace picus::cli {

/// A file with the name FILE.partial until it is complete. Processes that write the same file
/// exclude each other; the file of a killed process is overwritten.
class PartialFile {
 public:
  /// Creates it with mode 0600. The error is for the user.
  static std::expected<PartialFile, std::string> create(const std::filesystem::path& file);
  PartialFile(PartialFile&& other) noexcept = default;
  PartialFile& operator=(PartialFile&&) = delete;
  /// Removes it, unless it was committed.
  ~PartialFile();

  [[nodiscard]] std::filesystem::path path() const;
  /// Renames a durable file to its final name, durably. `replace`: even if that exists.
  std::expected<void, std::string> commit(bool replace);

 private:
  PartialFile(std::filesystem::path file, FileDescriptor descriptor)
      : file_(std::move(file)), descriptor_(std::move(descriptor)) {}

  std::filesystem::path file_;
  FileDescriptor descriptor_;  ///< holds the lock; none: committed, or moved from
};

/// `items-20261129T054107.123Z.mdb`: sorts by time.
std::string snapshot_name();

/// The newest snapshot in a directory.
std::optional<std::filesystem::path> newest_snapshot(const std::filesystem::path& directory);

/// Removes the files of killed backups in the directory.
void remove_partial_snapshots(const std::filesystem::path& directory);

}  // namespace picus::cli
