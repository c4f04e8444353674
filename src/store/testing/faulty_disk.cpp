#include "store/testing/faulty_disk.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <span>
#include <string>

namespace picus {
namespace {

/// Two of LMDB's pages, on every machine that Picus is built for.
constexpr off_t kMetaBytes = 8192;

struct Disk {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<DiskFault::Options> fault;
  unsigned calls = 0;  ///< of the fault's kind
  unsigned hits = 0;
  bool stalled = false;
  unsigned waiting = 0;
  bool skipped = false;
  std::optional<std::uint64_t> free_bytes;
  std::uint64_t syncs = 0;
  DiskObserver* observer = nullptr;
};

Disk& disk() {
  static Disk disk;
  return disk;
}

/// Changes the disk under its lock.
template <typename Change>
void change(Change with) {
  {
    const std::lock_guard lock(disk().mutex);
    with(disk());
  }
  disk().changed.notify_all();
}

/// The failure that meets this call, or nothing. Under the lock.
std::optional<DiskFault::Options> fault_for(DiskCall call) {
  Disk& all = disk();
  if (!all.fault || all.fault->call != call) return std::nullopt;
  ++all.calls;
  if (all.calls < all.fault->from || all.calls - all.fault->from >= all.fault->times) {
    return std::nullopt;
  }
  ++all.hits;
  return all.fault;
}

/// Carries the call out, or not, and tells the observer. Under the lock.
template <typename Result, typename Call, typename Tell>
Result meet(DiskCall kind, Call call, Tell tell) {
  const auto fault = fault_for(kind);
  if (fault && !fault->takes_effect) {
    errno = fault->error;
    return -1;
  }
  Result result = call();
  const int error = errno;
  if (result >= 0 && disk().observer != nullptr) tell(*disk().observer, fault.has_value());
  errno = error;
  if (!fault) return result;
  errno = fault->error;
  return -1;
}

bool is_durable(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_DSYNC) != 0;
}

DiskCall kind_of_write(off_t offset) {
  return offset < kMetaBytes ? DiskCall::meta_write : DiskCall::page_write;
}

int sync(int descriptor, long system_call) {
  std::unique_lock lock(disk().mutex);
  ++disk().syncs;
  ++disk().waiting;
  disk().changed.notify_all();
  disk().changed.wait(lock, [] { return !disk().stalled; });
  --disk().waiting;
  const bool skipped = disk().skipped;
  const auto fault = fault_for(DiskCall::sync);
  if (disk().observer != nullptr) disk().observer->synced(descriptor, fault.has_value());
  lock.unlock();  // nobody else waits for the real disk
  const bool fails_at_once = fault && !fault->takes_effect;
  if (!skipped && !fails_at_once) {
    const auto result = static_cast<int>(::syscall(system_call, descriptor));
    if (!fault) return result;
  }
  if (!fault) return 0;
  errno = fault->error;
  return -1;
}

ssize_t write_at(int descriptor, std::string_view bytes, off_t offset) {
  const std::lock_guard lock(disk().mutex);
  return meet<ssize_t>(
      kind_of_write(offset),
      [&] { return ::syscall(SYS_pwrite64, descriptor, bytes.data(), bytes.size(), offset); },
      [&](DiskObserver& observer, bool failed) {
        observer.wrote(descriptor, static_cast<std::uint64_t>(offset), bytes,
                       is_durable(descriptor), failed);
      });
}

ssize_t write_parts(int descriptor, std::span<const iovec> parts) {
  const auto call = [&] { return ::syscall(SYS_writev, descriptor, parts.data(), parts.size()); };
  const off_t offset = ::lseek(descriptor, 0, SEEK_CUR);
  if (offset < 0) return call();  // no file
  const std::lock_guard lock(disk().mutex);
  return meet<ssize_t>(kind_of_write(offset), call, [&](DiskObserver& observer, bool failed) {
    std::string bytes;
    for (const iovec& part : parts) {
      bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
    }
    observer.wrote(descriptor, static_cast<std::uint64_t>(offset), bytes, is_durable(descriptor),
                   failed);
  });
}

int tell_space(int descriptor, struct statvfs& status) {
  struct statfs found{};
  if (::fstatfs(descriptor, &found) != 0) return -1;
  status = {};
  status.f_bsize = static_cast<unsigned long>(found.f_bsize);
  status.f_frsize = static_cast<unsigned long>(found.f_frsize);
  status.f_blocks = found.f_blocks;
  status.f_bfree = found.f_bfree;
  status.f_bavail = found.f_bavail;
  status.f_namemax = static_cast<unsigned long>(found.f_namelen);
  const std::lock_guard lock(disk().mutex);
  if (disk().free_bytes) status.f_bavail = *disk().free_bytes / status.f_frsize;
  return 0;
}

}  // namespace

DiskFault::DiskFault(Options options) {
  change([options](Disk& disk) {
    disk.fault = options;
    disk.calls = 0;
    disk.hits = 0;
  });
}

DiskFault::~DiskFault() {
  change([](Disk& disk) { disk.fault.reset(); });
}

unsigned DiskFault::hits() const {
  const std::lock_guard lock(disk().mutex);
  return disk().hits;
}

StalledSyncs::StalledSyncs() {
  change([](Disk& disk) { disk.stalled = true; });
}

StalledSyncs::~StalledSyncs() {
  change([](Disk& disk) { disk.stalled = false; });
}

void StalledSyncs::wait_for_one() {
  std::unique_lock lock(disk().mutex);
  disk().changed.wait(lock, [] { return disk().waiting > 0; });
}

SkippedSyncs::SkippedSyncs() {
  change([](Disk& disk) { disk.skipped = true; });
}

SkippedSyncs::~SkippedSyncs() {
  change([](Disk& disk) { disk.skipped = false; });
}

FreeSpace::FreeSpace(std::uint64_t bytes) {
  change([bytes](Disk& disk) { disk.free_bytes = bytes; });
}

FreeSpace::~FreeSpace() {
  change([](Disk& disk) { disk.free_bytes.reset(); });
}

std::uint64_t sync_count() {
  const std::lock_guard lock(disk().mutex);
  return disk().syncs;
}

void wait_for_syncs(std::uint64_t count) {
  std::unique_lock lock(disk().mutex);
  disk().changed.wait(lock, [count] { return disk().syncs >= count; });
}

DiskObservation::DiskObservation(DiskObserver& observer) {
  change([&observer](Disk& disk) { disk.observer = &observer; });
}

DiskObservation::~DiskObservation() {
  change([](Disk& disk) { disk.observer = nullptr; });
}

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's are reserved.

extern "C" ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  return write_at(descriptor, {static_cast<const char*>(bytes), count}, offset);
}

extern "C" ssize_t writev(int descriptor, const iovec* parts, int count) {
  return write_parts(descriptor, {parts, static_cast<std::size_t>(count)});
}

extern "C" int fdatasync(int descriptor) { return sync(descriptor, SYS_fdatasync); }

extern "C" int fsync(int descriptor) { return sync(descriptor, SYS_fsync); }

extern "C" int fstatvfs(int descriptor, struct statvfs* status) noexcept {
  return tell_space(descriptor, *status);
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)

}  // namespace picus
