#include "store/lmdb/preallocation.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace picus {
namespace {

constexpr std::size_t kChunkBytes = 64UZ * 1024;
constexpr std::size_t kMinStep = kChunkBytes;
constexpr std::size_t kMaxStep = 1024UZ * 1024;
/// A disk with less than this is left alone.
constexpr std::uint64_t kMinFreeBytes = 64UZ * 1024 * 1024;

constexpr std::array<char, kChunkBytes> kZeros{};

/// 0 or errno.
int write_zeros(int descriptor, off_t from, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t written = ::pwrite(descriptor, kZeros.data(), std::min(bytes, kChunkBytes), from);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    from += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return 0;
}

bool has_free_space(int descriptor) {
  struct statvfs status{};
  if (::fstatvfs(descriptor, &status) != 0) return false;
  return std::uint64_t{status.f_bavail} * status.f_frsize >= kMinFreeBytes;
}

}  // namespace

void preallocate(int descriptor, std::size_t used_bytes) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return;
  const auto file_bytes = static_cast<std::size_t>(status.st_size);
  // Pages that a transaction took and gave back need no blocks, and a damaged number names pages
  // that are not there.
  if (used_bytes > file_bytes && used_bytes - file_bytes > kMaxStep) return;
  const std::size_t step = std::clamp(used_bytes / 8, kMinStep, kMaxStep);
  if (file_bytes >= used_bytes + step / 2 || !has_free_space(descriptor)) return;
  const std::size_t target = (used_bytes + step + kChunkBytes - 1) / kChunkBytes * kChunkBytes;
  write_zeros(descriptor, status.st_size, target - file_bytes);
}

int try_to_grow(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return errno;
  return write_zeros(descriptor, status.st_size, kChunkBytes);
}

}  // namespace picus
