#include "cli/exposure.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace picus::cli {
namespace {

/// Whether others than the owner and the group have this permission.
bool others_may(const std::filesystem::path& path, mode_t permission) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & permission) != 0;
}

/// 0: not known.
long file_system_type(const std::filesystem::path& directory) {
  struct statfs system{};
  return ::statfs(directory.c_str(), &system) == 0 ? system.f_type : 0;
}

}  // namespace

bool is_on_network(long file_system_type) {
  constexpr std::array<long, 7> kTypes = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC,
                                          SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,
                                          V9FS_MAGIC};
  return std::ranges::any_of(kTypes, [=](long type) { return type == file_system_type; });
}

void warn_of_directory(Log& log, const StoreOptions& store) {
  const std::string path = std::filesystem::absolute(store.data).lexically_normal().string();
  if (others_may(store.data, S_IWOTH)) {
    log.write(Level::warning, "directory-open",
              {{"data", path},
               {"detail",
                "every user of this machine can replace or delete the store; to prevent this, run "
                "chmod o-w"}});
  }
  const long type = file_system_type(store.data);
  if (is_on_network(type)) {
    log.write(Level::warning, "store-on-network",
              {{"data", path},
               {"detail",
                "the file system is on another machine: acknowledged writes may be lost, and "
                "a second process may damage the store; to prevent this, use a local disk"}});
  }
  if (!store.relaxed && (type == TMPFS_MAGIC || type == RAMFS_MAGIC)) {
    log.write(Level::warning, "store-in-memory",
              {{"data", path},
               {"detail",
                "the file system is in memory (tmpfs): the items are lost when the machine "
                "stops, even with --durability full"}});
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
