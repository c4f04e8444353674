#include "core/file_state.h"

#include <sys/stat.h>

#include <cstdint>

namespace picus {

std::string state_of(std::span<const std::filesystem::path> files) {
  std::string state;
  for (const std::filesystem::path& file : files) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
      state += "absent;";
      continue;
    }
    for (const auto number :
         {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
          static_cast<std::int64_t>(status.st_size),
          static_cast<std::int64_t>(status.st_mtim.tv_sec),
          static_cast<std::int64_t>(status.st_mtim.tv_nsec),
          static_cast<std::int64_t>(status.st_ctim.tv_sec),
          static_cast<std::int64_t>(status.st_ctim.tv_nsec)}) {
      state += std::to_string(number) + ",";
    }
  }
  return state;
}

}  // namespace picus
