#include "store/lmdb/write_lock.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include "store/lmdb/directory.h"

namespace picus {
namespace {

/// In LMDB's lock file come before it: magic number and format; the mutex of the table of readers;
/// the last transaction; the number of readers; the rest of a cache line.
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHeadBytes =
    8 + sizeof(pthread_mutex_t) + sizeof(std::size_t) + sizeof(unsigned);
constexpr std::size_t kWriteMutexAt = (kHeadBytes + kCacheLine - 1) / kCacheLine * kCacheLine;

/// The process of a thread.
std::optional<pid_t> process_of(std::uint32_t thread) {
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  std::string word;
  pid_t process = 0;
  while (status >> word) {
    if (word == "Tgid:" && status >> process) return process;
  }
  return std::nullopt;
}

}  // namespace

WriteLockReader::WriteLockReader(const std::filesystem::path& items_file)
    : lock_file_(::open(lock_file(items_file).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}

std::optional<pid_t> WriteLockReader::other_holder() const {
  // The first word of a robust mutex is the futex, whose low bits are the thread that holds it.
  std::uint32_t futex = 0;
  if (::pread(lock_file_.number(), &futex, sizeof futex, kWriteMutexAt) != sizeof futex) {
    return std::nullopt;
  }
  const std::uint32_t thread = futex & FUTEX_TID_MASK;
  const auto process = thread == 0 ? std::nullopt : process_of(thread);
  return process == ::getpid() ? std::nullopt : process;
}

}  // namespace picus
