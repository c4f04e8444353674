#include "cli/exposure.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <filesystem>
#include <string_view>

namespace picus::cli {
namespace {

/// Whether others than the owner and the group have this permission.
bool others_may(const std::filesystem::path& path, mode_t permission) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & permission) != 0;
}

bool is_in_memory(const std::filesystem::path& directory) {
  struct statfs system{};
  return ::statfs(directory.c_str(), &system) == 0 &&
         (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

}  // namespace

void warn_of_directory(Log& log, const StoreOptions& store) {
  const std::string path = std::filesystem::absolute(store.data).lexically_normal().string();
  if (others_may(store.data, S_IWOTH)) {
    log.write(Level::warning, "directory-open",
              {{"data", path},
               {"detail",
                "every user of this machine can replace or delete the store; to prevent this, run "
                "chmod o-w"}});
  }
  if (!store.relaxed && is_in_memory(store.data)) {
    log.write(Level::warning, "store-in-memory",
              {{"data", path},
               {"detail",
                "the file system is in memory (tmpfs): the items are lost when the machine "
                "stops, also with --durability full"}});
  }
}

void warn_of_sockets(Log& log, std::span<const std::string> urls) {
  constexpr std::string_view kPrefix = "unix:";
  for (const std::string& url : urls) {
    if (!url.starts_with(kPrefix)) continue;
    const std::filesystem::path path(url.substr(kPrefix.size()));
    if (!others_may(path, S_IWOTH) || !others_may(path.parent_path(), S_IXOTH)) continue;
    log.write(Level::warning, "socket-open",
              {{"listen", url},
               {"detail",
                "every user of this machine can connect, and change every item; to prevent this, "
                "set --socket-mode"}});
  }
}

}  // namespace picus::cli
