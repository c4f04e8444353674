#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace picus::cli {

/// A file that has another name until it is whole: FILE.partial. Two that write the same one
/// exclude each other; what a killed one left is written anew.
class PartialFile {
 public:
  /// Creates it with mode 0600. The error is for the user.
  static std::expected<PartialFile, std::string> create(const std::filesystem::path& file);
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&&) = delete;
  /// Removes it, unless it was committed.
  ~PartialFile();

  [[nodiscard]] std::filesystem::path path() const;
  /// Gives a durable file its name, durably. `replace`: in place of an older one.
  std::expected<void, std::string> commit(bool replace);

 private:
  PartialFile(std::filesystem::path file, int descriptor);

  std::filesystem::path file_;
  int descriptor_;  ///< with the lock; -1: committed, or moved from
};

/// `items-20261129T054107.123Z.mdb`: sorts by time.
std::string snapshot_name();

/// The newest snapshot in a directory.
std::optional<std::filesystem::path> newest_snapshot(const std::filesystem::path& directory);

/// Removes what killed backups left in the directory.
void remove_partial_snapshots(const std::filesystem::path& directory);

}  // namespace picus::cli
