#include "core/files.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#include "core/concat.h"
#include "core/file_descriptor.h"
#include "core/last_error.h"

namespace picus {
namespace {

std::unexpected<std::string> failed(const std::filesystem::path& file, std::string_view why) {
  return std::unexpected(concat(file.native(), ": ", why));
}

std::expected<FileDescriptor, std::string> open_file(const std::filesystem::path& file,
                                                     bool may_be_pipe) {
  // O_NONBLOCK: opening a pipe would wait for its writer.
  FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status{};
  if (!opened || ::fstat(opened.number(), &status) != 0) return failed(file, last_error());
  const bool is_pipe = S_ISFIFO(status.st_mode);
  if (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode) || (is_pipe && may_be_pipe)) {
    return opened;
  }
  return failed(file, "not a regular file");
}

/// False: nothing has come within this time, nor the end. Somebody at a terminal has all time.
bool wait_readable(const FileDescriptor& file, std::chrono::milliseconds patience) {
  const bool is_typed = patience.count() > 0 && ::isatty(file.number()) == 1;
  pollfd waiting{.fd = file.number(), .events = POLLIN, .revents = 0};
  int ready = -1;
  do {
    ready = ::poll(&waiting, 1, is_typed ? -1 : static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

std::expected<std::string, std::string> read_all(const std::filesystem::path& file,
                                                 std::size_t most, bool may_be_pipe,
                                                 std::chrono::milliseconds patience) {
  const auto opened = open_file(file, may_be_pipe);
  if (!opened) return std::unexpected(opened.error());
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  bool waited = false;
  while (size <= most) {
    const ssize_t bytes = ::read(opened->number(), text.data() + size, text.size() - size);
    if (bytes > 0) {
      size += static_cast<std::size_t>(bytes);
      continue;
    }
    // A pipe that nobody has opened for writing yet seems to be at its end.
    if (bytes == 0 && (size > 0 || waited)) break;
    if (bytes < 0 && errno != EAGAIN) return failed(file, last_error());
    if (!wait_readable(*opened, patience)) return failed(file, "the pipe has no data");
    waited = true;
  }
  if (size > most) return failed(file, concat("larger than ", most, " bytes"));
  text.resize(size);
  return text;
}

}  // namespace

std::expected<void, std::string> check_file(const std::filesystem::path& file) {
  const auto opened = open_file(file, /*may_be_pipe=*/false);
  if (!opened) return std::unexpected(opened.error());
  return {};
}

std::expected<std::string, std::string> read_file(const std::filesystem::path& file,
                                                  std::size_t most) {
  return read_all(file, most, /*may_be_pipe=*/false, {});
}

std::expected<std::string, std::string> read_file_or_pipe(const std::filesystem::path& file,
                                                          std::size_t most,
                                                          std::chrono::milliseconds patience) {
  return read_all(file, most, /*may_be_pipe=*/true, patience);
}

std::string warning_of_mode(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0 || (status.st_mode & 077U) == 0) return {};
  return file.native() +
         " can be read or changed by users other than its owner: to prevent this, run chmod 600";
}

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

bool sync_names(const std::filesystem::path& directory) {
  const FileDescriptor opened(
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a directory and need not.
  return opened && (::fsync(opened.number()) == 0 || errno == EINVAL);
}

}  // namespace picus
