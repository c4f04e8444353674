#include "store/lmdb/file_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace picus {

std::string_view name_of(Loss loss) {
  switch (loss) {
    case Loss::none:
      return "none";
    case Loss::deleted:
      return "deleted";
    case Loss::replaced:
      return "replaced";
    case Loss::truncated:
      return "truncated";
    case Loss::overwritten:
      return "overwritten";
  }
  std::unreachable();
}

FileWatch::FileWatch(std::filesystem::path path, int descriptor) : path_(std::move(path)) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return;
  identity_.emplace(status.st_dev, status.st_ino);
  bytes_ = status.st_size;
}

Loss FileWatch::look() {
  if (!identity_) return Loss::none;
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? Loss::deleted : Loss::none;
  }
  if (std::pair(status.st_dev, status.st_ino) != *identity_) return Loss::replaced;
  if (status.st_size < bytes_) return Loss::truncated;
  bytes_ = status.st_size;
  return Loss::none;
}

}  // namespace picus
