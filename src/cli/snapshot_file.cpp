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

/// Opens and locks it; none with errno EWOULDBLOCK: another process writes it.
FileDescriptor open_alone(const std::filesystem::path& file, int flags) {
  constexpr mode_t kMode = 0600;
  for (;;) {
    FileDescriptor opened(::open(file.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!opened) return opened;
    if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) {
      const int code = errno;
      opened.reset();
      errno = code;
      return opened;
    }
    if (is_named(opened.number(), file)) return opened;
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

PartialFile::~PartialFile() {
  if (descriptor_) ::unlink(path().c_str());
}

std::filesystem::path PartialFile::path() const {
  return file_.native() + std::string(kPartialSuffix);
}

std::expected<PartialFile, std::string> PartialFile::create(const std::filesystem::path& file) {
  const std::filesystem::path partial = file.native() + std::string(kPartialSuffix);
  FileDescriptor opened = open_alone(partial, O_CREAT);
  if (!opened && errno == EWOULDBLOCK) {
    return std::unexpected(partial.string() + " is being written by another process");
  }
  if (!opened) return failed(partial, "cannot be written");
  PartialFile made(file, std::move(opened));
  const int number = made.descriptor_.number();
  if (::fchmod(number, S_IRUSR | S_IWUSR) != 0 || ::ftruncate(number, 0) != 0) {
    return failed(partial, "cannot be written");
  }
  return made;
}

std::expected<void, std::string> PartialFile::commit(bool replace) {
  const int named = ::renameat2(AT_FDCWD, path().c_str(), AT_FDCWD, file_.c_str(),
                                replace ? 0 : RENAME_NOREPLACE);
  if (named != 0) return failed(file_, "cannot be renamed");
  descriptor_.reset();
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
    if (const auto opened = open_alone(file, 0)) ::unlink(file.c_str());
  }
}

}  // namespace picus::cli
