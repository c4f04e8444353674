#include "store/lmdb/directory.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "core/concat.h"
#include "core/file_descriptor.h"
#include "core/files.h"
#include "core/last_error.h"
#include "store/lmdb/error.h"
#include "store/lmdb/readers.h"

namespace picus {
namespace {

constexpr std::uint32_t kLmdbMagic = 0xBEEFC0DE;
/// LMDB's page header comes before the magic number of the meta page.
constexpr off_t kMagicAt = 16;

/// Whether LMDB's lock file counts transactions. One that was just made, or left by a process that
/// was killed while it made a store, does not.
bool knows_of_store(const std::filesystem::path& lock_file) {
  // Magic number and format; the mutex of the table of readers; the last transaction.
  constexpr off_t kTransactionAt = 8 + sizeof(pthread_mutex_t);
  const FileDescriptor opened(::open(lock_file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  std::uint32_t magic = 0;
  std::size_t transaction = 0;
  return opened && ::pread(opened.number(), &magic, sizeof magic, 0) == sizeof magic &&
         magic == kLmdbMagic &&
         ::pread(opened.number(), &transaction, sizeof transaction, kTransactionAt) ==
             sizeof transaction &&
         transaction != 0;
}

std::unexpected<Error> refuse_access(const StoreFile& file, int code) {
  const std::string name = file.path.string();
  if (code == EACCES || code == EPERM) {
    return refuse_store(concat("This user has no permission for ", name, ": run as its owner, or ",
                               file.advice(), "."));
  }
  if (code == EROFS) {
    return refuse_store(concat(name, " is on a read-only file system: mount it writable, or ",
                               file.advice(), " (commands that only read can use this one)."));
  }
  return refuse_store(
      concat("Cannot open ", name, ": ", last_error(code), ": ", file.advice_after(code), "."));
}

/// Whether the open file is one that LMDB can have begun: regular, not larger than a lock file, and
/// without another name, also behind a link.
bool lmdb_may_have_begun(int descriptor, const std::filesystem::path& lock_file) {
  struct stat opened{};
  struct stat named{};
  if (::fstat(descriptor, &opened) != 0 || !S_ISREG(opened.st_mode) ||
      std::cmp_greater(opened.st_size, kLockFileBytes)) {
    return false;
  }
  if (opened.st_nlink == 0) return true;  // deleted by now
  return opened.st_nlink == 1 && ::lstat(lock_file.c_str(), &named) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

std::unexpected<Error> refuse_lock_file(const std::filesystem::path& file) {
  return refuse_store(concat(file.string(),
                             " is not the lock file of a store: if no process uses this directory, "
                             "move that file away."));
}

}  // namespace

std::string_view StoreFile::advice() const {
  return is_snapshot ? "choose another snapshot" : "choose another data directory";
}

std::string StoreFile::advice_after(int error) const {
  const bool is_limit = error == EMFILE || error == ENFILE;
  return is_limit ? "raise the limit of open files (ulimit -n)"
                  : concat(advice(), ", or repair it");
}

std::filesystem::path items_file(const std::filesystem::path& directory) {
  return directory / "items.mdb";
}

std::filesystem::path lock_file(const std::filesystem::path& items_file) {
  return items_file.native() + "-lock";
}

bool is_file_of_store(const std::filesystem::path& file, const std::filesystem::path& directory) {
  const std::filesystem::path items = items_file(directory);
  std::error_code ignored;
  return std::filesystem::equivalent(file, items, ignored) ||
         std::filesystem::equivalent(file, lock_file(items), ignored);
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  if (!sync_names(directory)) return refuse_access({directory}, errno);
  return {};
}

Result<void> make_directory(const std::filesystem::path& directory) {
  struct stat found{};
  if (::stat(directory.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    return refuse_store(directory.string() + " is not a directory: choose another data directory.");
  }
  if (errno != ENOENT) return refuse_access({directory}, errno);
  const std::filesystem::path absolute = std::filesystem::absolute(directory).lexically_normal();
  const std::filesystem::path whole =
      absolute.has_filename() ? absolute : absolute.parent_path();  // `data/` as `data`
  if (auto parent = make_directory(whole.parent_path()); !parent) return parent;
  if (::mkdir(whole.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return refuse_access({whole}, errno);
  }
  return sync_directory(whole.parent_path());
}

Result<void> inspect_file(const StoreFile& file, bool read_only, bool must_exist) {
  // O_NONBLOCK: opening a pipe would wait for a process that writes to it.
  const int flags = (read_only ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_CLOEXEC;
  const FileDescriptor opened(::open(file.path.c_str(), flags));
  if (!opened) {
    if (errno != ENOENT && errno != ENOTDIR) return refuse_access(file, errno);
    if (!must_exist) return {};
    return refuse_store(
        "There is no store in " + file.path.parent_path().string() +
        ": check the name of the data directory, or create a store in it with `picus serve`.");
  }
  struct stat status{};
  if (::fstat(opened.number(), &status) != 0) return refuse_access(file, errno);
  const std::string name = file.path.string();
  const std::string not_ours =
      file.is_snapshot
          ? concat(name, " is not a snapshot of `picus backup`: ", file.advice(),
                   "; `picus import` reads items from JSON files.")
          : concat(name, " is not a Picus store: ", file.advice(), ", or move the file away.");
  if (!S_ISREG(status.st_mode)) return refuse_store(not_ours);
  if (status.st_size == 0 && !must_exist && knows_of_store(lock_file(file.path))) {
    return refuse_store(name +
                        " is empty, but it had a store: restore it from a backup, or delete "
                        "items.mdb-lock to start with an empty store.");
  }
  if (status.st_size == 0 && !must_exist) return {};

  std::uint32_t magic = 0;
  const ssize_t got = ::pread(opened.number(), &magic, sizeof magic, kMagicAt);
  if (got < 0) return refuse_access(file, errno);
  if (got != sizeof magic) return refuse_store(not_ours);
  if (magic == kLmdbMagic) return {};
  if (std::byteswap(magic) == kLmdbMagic) {
    return refuse_store(name +
                        " was created on a machine with another byte order: export it there with "
                        "`picus export` and import it here.");
  }
  return refuse_store(not_ours);
}

Result<void> inspect_open_lock_file(const std::filesystem::path& items_file, int descriptor) {
  const std::filesystem::path file = lock_file(items_file);
  std::uint32_t magic = 0;
  const ssize_t got = ::pread(descriptor, &magic, sizeof magic, 0);
  if (got < 0 && errno == EIO) return refuse_access({file}, errno);
  if (got == sizeof magic && magic == kLmdbMagic) return {};
  // A process that was killed while it created the file leaves nothing in it, or zeros.
  if (got >= 0 && magic == 0 && lmdb_may_have_begun(descriptor, file)) return {};
  return refuse_lock_file(file);
}

Result<void> inspect_lock_file(const std::filesystem::path& items_file) {
  const std::filesystem::path file = lock_file(items_file);
  struct stat named{};
  if (::lstat(file.c_str(), &named) != 0) return {};
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (opened) return inspect_open_lock_file(items_file, opened.number());
  const int code = errno;
  if (S_ISREG(named.st_mode)) return {};  // LMDB has an error for it
  const bool is_other = code == ENXIO || code == ENOENT || code == ENOTDIR || code == ELOOP;
  if (is_other) return refuse_lock_file(file);
  return refuse_access({file}, code);
}

}  // namespace picus
