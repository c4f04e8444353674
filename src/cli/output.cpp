#include "cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/concat.h"
#include "core/escaped.h"
#include "core/files.h"
#include "core/last_error.h"
#include "core/standard_descriptors.h"

namespace picus::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenTries{50};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t bytes = ::write(descriptor, text.data(), text.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(bytes));
  }
  return true;
}

std::filesystem::path partial_of(const std::filesystem::path& file) {
  return file.native() + ".partial";
}

/// What a chain of symbolic links names, whether it is there or not.
std::filesystem::path target_of(std::filesystem::path file) {
  constexpr int kMostLinks = 40;  // as the kernel
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(file, error); ++i) {
    file = file.parent_path() / std::filesystem::read_symlink(file, error);
  }
  return file;
}

/// Waits for a reader if it is a pipe without one. -1 with errno: it cannot be opened, or a signal
/// is pending.
int open_waiting(const std::filesystem::path& file, int flags, mode_t mode,
                 const Signals& signals) {
  for (;;) {
    const int descriptor = ::open(file.c_str(), flags | O_NONBLOCK | O_CLOEXEC, mode);
    if (descriptor >= 0) return descriptor;
    const int code = errno;
    std::error_code ignored;
    const bool has_no_reader = code == ENXIO && std::filesystem::is_fifo(file, ignored);
    if (!has_no_reader || signals.pending_within(kBetweenTries)) {
      errno = code;
      return -1;
    }
  }
}

}  // namespace

void write_error(std::string_view text) { write_all(STDERR_FILENO, escaped_controls(text)); }

ExitCode fail(std::string_view message, ExitCode code) {
  write_error(concat("picus: ", message, "\n"));
  return code;
}

void write_terminal(std::string_view text) { write_all(STDERR_FILENO, text); }

bool write_output(std::string_view text) { return write_all(STDOUT_FILENO, text); }

ExitCode print(std::string_view text) {
  if (write_output(text)) return ExitCode::ok;
  return fail("standard output: cannot be written: " + last_error());
}

Output::Output(Kind kind, std::filesystem::path file, int descriptor, const Signals& signals,
               Options options)
    : kind_(kind),
      file_(std::move(file)),
      descriptor_(descriptor),
      options_(options),
      signals_(signals) {
  struct stat status{};
  const bool is_regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  max_piece_ = is_regular ? std::string_view::npos : PIPE_BUF;
}

Output::Output(Output&& other) noexcept
    : kind_(other.kind_),
      file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      options_(other.options_),
      max_piece_(other.max_piece_),
      signals_(other.signals_),
      error_(std::move(other.error_)) {}

Output::~Output() {
  if (descriptor_ < 0 || kind_ == Kind::standard_output) return;
  close(descriptor_);
  if (kind_ == Kind::file) unlink(partial_of(file_).c_str());
}

std::expected<Output, std::string> Output::open(const std::filesystem::path& file,
                                                const Signals& signals, Options options) {
  if (file == "-" && !has_standard_output()) {
    return std::unexpected("standard output is closed: give a file");
  }
  if (file == "-") {
    return Output(Kind::standard_output, "standard output", STDOUT_FILENO, signals, options);
  }
  std::error_code ignored;
  const auto status = std::filesystem::symlink_status(file, ignored);
  if (!options.may_replace && exists(status)) {
    return std::unexpected(file.string() + ": exists: give another file");
  }
  if (exists(file, ignored) && !is_regular_file(file, ignored)) {
    return open_other(file, signals, options);
  }
  const std::filesystem::path target = target_of(file);
  const std::filesystem::path partial = partial_of(target);
  // What an older run left may have other permissions.
  if (!options.may_replace) unlink(partial.c_str());
  const int flags = O_WRONLY | O_CREAT | (options.may_replace ? O_TRUNC : O_EXCL | O_NOFOLLOW);
  const int descriptor = open_waiting(partial, flags, options.mode, signals);
  if (descriptor < 0) {
    return std::unexpected(partial.string() + ": cannot be written: " + last_error());
  }
  Output output(Kind::file, target, descriptor, signals, options);
  const auto& owner = options.owner;
  if (owner && ::fchown(descriptor, owner->user, owner->group) != 0) {
    return std::unexpected(partial.string() + ": its owner cannot be set: " + last_error());
  }
  return output;
}

/// A device, a pipe or a socket: it takes what is written at once, and keeps its name.
std::expected<Output, std::string> Output::open_other(const std::filesystem::path& file,
                                                      const Signals& signals, Options options) {
  const int descriptor = open_waiting(file, O_WRONLY, 0, signals);
  if (descriptor >= 0) return Output(Kind::other, file, descriptor, signals, options);
  return std::unexpected(file.string() + ": cannot be written: " + last_error());
}

std::expected<void, OutputEnd> Output::write(std::string_view text) {
  while (!text.empty()) {
    if (options_.waits_for_signals && !signals_.wait_writable(descriptor_)) {
      return std::unexpected(OutputEnd::interrupted);
    }
    // A pipe that is ready takes this much at once; a longer write could block, and no signal be
    // seen.
    const std::string_view piece = text.substr(0, max_piece_);
    const ssize_t bytes = ::write(descriptor_, piece.data(), piece.size());
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (bytes < 0 && errno == EPIPE && kind_ == Kind::standard_output) {
      return std::unexpected(OutputEnd::reader_gone);
    }
    if (bytes < 0) return fail("cannot be written");
    text.remove_prefix(static_cast<std::size_t>(bytes));
  }
  return {};
}

std::expected<void, OutputEnd> Output::commit() {
  if (kind_ != Kind::file) return {};
  if (fsync(descriptor_) != 0) return fail("cannot be written");
  const unsigned how = options_.may_replace ? 0 : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, partial_of(file_).c_str(), AT_FDCWD, file_.c_str(), how) != 0) {
    const auto failed = fail("what was written stays in " + partial_of(file_).string() +
                             ", which cannot be renamed");
    close(std::exchange(descriptor_, -1));  // complete, so it is not removed
    return failed;
  }
  close(std::exchange(descriptor_, -1));
  if (!sync_names(file_.parent_path())) {
    return fail("may be missing after a crash: its directory cannot be synced");
  }
  return {};
}

std::unexpected<OutputEnd> Output::fail(std::string_view doing) {
  error_ = file_.string() + ": " + std::string(doing) + ": " + last_error();
  return std::unexpected(OutputEnd::failed);
}

}  // namespace picus::cli
