#include "cli/snapshot_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/output.h"
#include "core/files.h"
#include "core/last_error.h"
#include "core/time_text.h"

namespace picus::cli {
namespace {

constexpr std::string_view kSnapshotPrefix = "items-";
constexpr std::string_view kSnapshotSuffix = ".mdb";
constexpr std::string_view kPartialSuffix = ".partial";

std::unexpected<std::string> failed(const std::filesystem::path& file, std::string_view doing) {
  return std::unexpected(file.string() + ": " + std::string(doing) + ": " + last_error());
}

bool is_snapshot(std::string_view name) {
  return name.starts_with(kSnapshotPrefix) && name.ends_with(kSnapshotSuffix);
}

bool is_named(int descriptor, const std::filesystem::path& file) {
  struct stat opened{};
  struct stat named{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// Opens and locks it; -1 with errno EWOULDBLOCK: another process writes it.
int open_alone(const std::filesystem::path& file, int flags) {
  constexpr mode_t kMode = 0600;
  for (;;) {
    const int descriptor = ::open(file.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, kMode);
    if (descriptor < 0) return descriptor;
    const int code = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (code == 0 && is_named(descriptor, file)) return descriptor;
    ::close(descriptor);
    if (code != 0) {
      errno = code;
      return -1;
    }
    // Another process removed it meanwhile.
  }
}

std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  return names;
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path file, int descriptor)
    : file_(std::move(file)), descriptor_(descriptor) {}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

PartialFile::~PartialFile() {
  if (descriptor_ < 0) return;
  ::unlink(path().c_str());
  ::close(descriptor_);
}

std::filesystem::path PartialFile::path() const {
  return file_.native() + std::string(kPartialSuffix);
}

std::expected<PartialFile, std::string> PartialFile::create(const std::filesystem::path& file) {
  const std::filesystem::path partial = file.native() + std::string(kPartialSuffix);
  const int descriptor = open_alone(partial, O_CREAT);
  if (descriptor < 0 && errno == EWOULDBLOCK) {
    return std::unexpected(partial.string() + " is being written by another process");
  }
  if (descriptor < 0) return failed(partial, "cannot be written");
  PartialFile made(file, descriptor);
  if (::fchmod(descriptor, S_IRUSR | S_IWUSR) != 0 || ::ftruncate(descriptor, 0) != 0) {
    return failed(partial, "cannot be written");
  }
  return made;
}

std::expected<void, std::string> PartialFile::commit(bool replace) {
  const int named = ::renameat2(AT_FDCWD, path().c_str(), AT_FDCWD, file_.c_str(),
                                replace ? 0 : RENAME_NOREPLACE);
  if (named != 0) return failed(file_, "cannot be renamed");
  ::close(std::exchange(descriptor_, -1));
  if (!sync_names(file_.parent_path())) {
    return failed(file_, "may be missing after a crash: its directory cannot be synced");
  }
  return {};
}

std::string snapshot_name() {
  const auto now = std::chrono::system_clock::now();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  const std::string thousandths = std::to_string(1000 + since.count() % 1000).substr(1);
  return std::string(kSnapshotPrefix) + utc_text(now, "%Y%m%dT%H%M%S") + "." + thousandths + "Z" +
         std::string(kSnapshotSuffix);
}

std::optional<std::filesystem::path> newest_snapshot(const std::filesystem::path& directory) {
  std::string newest;
  for (const std::string& name : names_in(directory)) {
    if (is_snapshot(name) && name > newest) newest = name;
  }
  if (newest.empty()) return std::nullopt;
  return directory / newest;
}

void remove_partial_snapshots(const std::filesystem::path& directory) {
  for (const std::string& name : names_in(directory)) {
    std::string_view whole = name;
    if (!whole.ends_with(kPartialSuffix)) continue;
    whole.remove_suffix(kPartialSuffix.size());
    if (!is_snapshot(whole)) continue;
    const std::filesystem::path file = directory / name;
    const int descriptor = open_alone(file, 0);
    if (descriptor < 0) continue;
    ::unlink(file.c_str());
    ::close(descriptor);
  }
}

}  // namespace picus::cli
