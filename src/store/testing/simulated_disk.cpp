#include "store/testing/simulated_disk.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace picus {
namespace {

constexpr std::size_t kDiskPageBytes = 4096;

}  // namespace

SimulatedDisk::SimulatedDisk(const std::filesystem::path& file, unsigned seed) : random_(seed) {
  struct stat status{};
  ::stat(file.c_str(), &status);
  inode_ = status.st_ino;
  std::ifstream in(file, std::ios::binary);
  cache_.assign(std::istreambuf_iterator<char>(in), {});
  for (std::size_t at = 0; at < cache_.size(); at += kDiskPageBytes) {
    pages_.push_back({.durable = cache_.substr(at, kDiskPageBytes), .later = {}});
  }
}

std::string SimulatedDisk::image() {
  std::string image;
  for (std::size_t number = 0; number < pages_.size(); ++number) {
    const auto& state = any_state(pages_[number]);
    if (!state) continue;  // a hole, or behind the file's end
    image.resize(number * kDiskPageBytes, '\0');
    image += *state;
  }
  return image;
}

void SimulatedDisk::wrote(int descriptor, std::uint64_t offset, std::string_view bytes,
                          bool durable, bool failed) {
  if (!is_ours(descriptor)) return;
  const std::size_t end = offset + bytes.size();
  cache_.resize(
      std::max(cache_.size(), (end + kDiskPageBytes - 1) / kDiskPageBytes * kDiskPageBytes), '\0');
  pages_.resize(cache_.size() / kDiskPageBytes);
  bytes.copy(cache_.data() + offset, bytes.size());
  for (std::size_t number = offset / kDiskPageBytes; number * kDiskPageBytes < end; ++number) {
    Page& page = pages_[number];
    page.later.push_back(cache_.substr(number * kDiskPageBytes, kDiskPageBytes));
    if (!durable) continue;
    page.durable = failed ? any_state(page) : std::optional(page.later.back());
    page.later.clear();
  }
  tell();
}

void SimulatedDisk::synced(int descriptor, bool failed) {
  if (!is_ours(descriptor)) return;
  for (Page& page : pages_) {
    if (page.later.empty()) continue;
    page.durable = failed ? any_state(page) : std::optional(page.later.back());
    page.later.clear();
  }
  tell();
}

bool SimulatedDisk::is_ours(int descriptor) const {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && status.st_ino == inode_;
}

const std::optional<std::string>& SimulatedDisk::any_state(const Page& page) {
  const std::size_t choice =
      std::uniform_int_distribution<std::size_t>(0, page.later.size())(random_);
  if (choice == 0) return page.durable;
  chosen_ = page.later[choice - 1];
  return chosen_;
}

void SimulatedDisk::tell() {
  if (told_ && std::uniform_int_distribution<int>(0, 2)(random_) == 0) told_();
}

}  // namespace picus
