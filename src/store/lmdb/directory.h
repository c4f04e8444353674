#pragma once

#include <filesystem>

#include "core/error.h"

/// The data directory, before LMDB touches it. Errors are for the person who starts Picus: each
/// names the path and the way out; their code is store_unavailable.
namespace picus {

/// `items.mdb`.
std::filesystem::path items_file(const std::filesystem::path& directory);

/// `items.mdb-lock`, LMDB's lock file beside it.
std::filesystem::path lock_file(const std::filesystem::path& items_file);

/// Creates the directory (0700, and durably) unless it is there.
Result<void> make_directory(const std::filesystem::path& directory);

/// What can be said of the file without LMDB: that it may be read and, unless `read_only`, written,
/// is LMDB's, and was made on a machine with this byte order. An absent or empty file is good
/// unless it `must_exist`, or is empty where the lock file knows of a store.
Result<void> inspect_file(const std::filesystem::path& file, bool read_only, bool must_exist);

/// Makes the directory's entries durable.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace picus
