#include "store/lmdb/process_locks.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "store/lmdb/directory.h"
#include "store/lmdb/error.h"

namespace picus {
namespace {

constexpr mode_t kLockFileMode = 0600;
/// Behind all that LMDB locks: the first byte, and one for each process id.
constexpr std::int64_t kFirstOffset = std::int64_t{1} << 62U;
constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << 61U) - 1;

/// Stands for no file: a range that excludes it has all offsets.
constexpr std::int64_t kNoOffset = kFirstOffset - 1;

std::int64_t offset_of(const struct stat& file) {
  const auto inode = static_cast<std::uint64_t>(file.st_ino);
  return kFirstOffset + static_cast<std::int64_t>((inode ^ (inode >> 61U)) & kOffsetMask);
}

struct flock lock_of(int type, std::int64_t begin, std::int64_t bytes) {
  struct flock lock{};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  lock.l_start = begin;
  lock.l_len = bytes;
  return lock;
}

bool take(int descriptor, std::int64_t offset) {
  struct flock lock = lock_of(F_RDLCK, offset, 1);
  return ::fcntl(descriptor, F_OFD_SETLK, &lock) == 0;
}

/// Whether another open file has a lock in this part. `bytes` 0: up to the end.
bool is_taken(int descriptor, std::int64_t begin, std::int64_t bytes) {
  struct flock lock = lock_of(F_WRLCK, begin, bytes);
  return ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool is_taken_elsewhere(int descriptor, std::int64_t own) {
  const std::int64_t before = own - kFirstOffset;
  return (before > 0 && is_taken(descriptor, kFirstOffset, before)) ||
         is_taken(descriptor, own + 1, 0);
}

constexpr const char* kRemedy =
    " Stop every process that uses this directory, then restart this one.";

}  // namespace

LmdbProcessLocks::LmdbProcessLocks(const std::filesystem::path& items_file)
    : items_file_(items_file),
      lock_file_(
          ::open(lock_file(items_file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kLockFileMode)) {}

Result<void> LmdbProcessLocks::inspect() const {
  if (!has_lock_file()) return {};
  return inspect_open_lock_file(items_file_, lock_file_.number());
}

int LmdbProcessLocks::reserve(std::size_t bytes) const {
  // Its size stays: LMDB takes its number of readers from it.
  if (!has_lock_file() ||
      ::fallocate(lock_file_.number(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) == 0) {
    return 0;
  }
  return is_full(errno) ? errno : 0;
}

bool LmdbProcessLocks::lock_file_is_in_place() const {
  struct stat opened{};
  struct stat named{};
  return ::fstat(lock_file_.number(), &opened) == 0 &&
         ::stat(lock_file(items_file_).c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

bool LmdbProcessLocks::is_alone() const {
  // LMDB holds a shared POSIX lock there as long as its environment is open; one's own is no
  // obstacle.
  struct flock lock = lock_of(F_WRLCK, 0, 1);
  return ::fcntl(lock_file_.number(), F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

Result<void> LmdbProcessLocks::refuse_others(int descriptor, std::int64_t own,
                                             const char* what) const {
  if (!is_taken_elsewhere(descriptor, own)) return {};
  return refuse_store("Another process uses " + items_file_.parent_path().string() + what +
                      kRemedy);
}

Result<void> LmdbProcessLocks::lock(int items, bool unlocked) {
  if (unlocked) {
    return refuse_others(
        items, kNoOffset,
        ", and this process cannot open items.mdb-lock: its reads would not be consistent.");
  }
  struct stat items_status{};
  struct stat lock_status{};
  if (!lock_file_is_in_place() || ::fstat(items, &items_status) != 0 ||
      ::fstat(lock_file_.number(), &lock_status) != 0) {
    return refuse_store(lock_file(items_file_).string() +
                        " was deleted or replaced while the store was opened." + kRemedy);
  }
  const std::int64_t of_items = offset_of(items_status);
  const std::int64_t of_lock = offset_of(lock_status);
  supported_ = take(items, of_lock) && take(lock_file_.number(), of_items);
  if (!supported_) return {};
  if (auto alone = refuse_others(items, of_lock,
                                 " with another items.mdb-lock, which was deleted or replaced.");
      !alone) {
    return alone;
  }
  return refuse_others(lock_file_.number(), of_items,
                       " with another items.mdb, which was deleted or replaced.");
}

}  // namespace picus
