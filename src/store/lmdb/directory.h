#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

/// Checks of the data directory before LMDB opens it. Errors are for the operator: each has the
/// path and a solution; their code is store_unavailable.
namespace picus {

/// `items.mdb`.
std::filesystem::path items_file(const std::filesystem::path& directory);

/// `items.mdb-lock`, LMDB's lock file beside it.
std::filesystem::path lock_file(const std::filesystem::path& items_file);

/// Whether this is one of these two files of the directory, under whatever name.
bool is_file_of_store(const std::filesystem::path& file, const std::filesystem::path& directory);

/// Creates the directory (0700, durably) unless it exists.
Result<void> make_directory(const std::filesystem::path& directory);

/// A file that is opened as a store.
struct StoreFile {
  std::filesystem::path path;
  bool is_snapshot = false;  ///< of `picus backup`, not of a data directory

  /// What an error suggests instead: `choose another data directory`.
  [[nodiscard]] std::string_view advice() const;
  /// The same where the system does not open the file.
  [[nodiscard]] std::string advice_after(int error) const;
};

/// Checks what can be checked without LMDB: that the file may be read and, unless `read_only`,
/// written, that it is an LMDB file, and that it was created on a machine with this byte order. An
/// absent or empty file is valid, unless it `must_exist`, or is empty although the lock file
/// belongs to a store.
Result<void> inspect_file(const StoreFile& file, bool read_only, bool must_exist);

/// Checks that the lock file beside it, if there is one, may become LMDB's, which overwrites
/// whatever it finds: it is LMDB's already, or a file without another name that is empty or begins
/// with zeros, no larger than a lock file. Another file, or a link to one, is refused. This is no
/// protection from a user who exchanges the file between the check and the moment at which LMDB
/// opens it.
Result<void> inspect_lock_file(const std::filesystem::path& items_file);

/// The same for the lock file that is open as `descriptor`.
Result<void> inspect_open_lock_file(const std::filesystem::path& items_file, int descriptor);

/// Makes the entries of the directory durable.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace picus
