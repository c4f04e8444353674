#include "cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include "core/last_error.h"

namespace picus::cli {
namespace {

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

/// Makes a rename in this directory durable.
bool sync_directory(const std::filesystem::path& directory) {
  const int descriptor =
      open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  return synced;
}

}  // namespace

void write_error(std::string_view text) { write_all(STDERR_FILENO, text); }

bool write_output(std::string_view text) { return write_all(STDOUT_FILENO, text); }

Output::Output(std::filesystem::path file, int descriptor, const Signals& signals)
    : file_(std::move(file)), descriptor_(descriptor), signals_(signals) {
  struct stat status{};
  const bool is_regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  max_piece_ = is_regular ? std::string_view::npos : PIPE_BUF;
}

Output::Output(Output&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      max_piece_(other.max_piece_),
      signals_(other.signals_),
      error_(std::move(other.error_)) {}

Output::~Output() {
  if (descriptor_ < 0 || !is_file()) return;
  close(descriptor_);
  unlink(partial_of(file_).c_str());
}

std::expected<Output, std::string> Output::open(const std::filesystem::path& file,
                                                const Signals& signals) {
  if (file == "-") return Output({}, STDOUT_FILENO, signals);
  const std::filesystem::path partial = partial_of(file);
  std::error_code ignored;
  // A device or a pipe must not be replaced by a file.
  if (exists(file, ignored) && !is_regular_file(file, ignored)) {
    return std::unexpected(file.string() + ": cannot be written: it is no regular file");
  }
  constexpr mode_t kMode = 0666;  // less the umask
  const int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (descriptor >= 0) return Output(file, descriptor, signals);
  return std::unexpected(partial.string() + ": cannot be written: " + last_error());
}

std::expected<void, OutputEnd> Output::write(std::string_view text) {
  while (!text.empty()) {
    if (!signals_.wait_writable(descriptor_)) return std::unexpected(OutputEnd::interrupted);
    // A pipe that is ready takes this much at once; a longer write could block, and no signal be
    // seen.
    const std::string_view piece = text.substr(0, max_piece_);
    const ssize_t bytes = ::write(descriptor_, piece.data(), piece.size());
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (bytes < 0 && errno == EPIPE) return std::unexpected(OutputEnd::reader_gone);
    if (bytes < 0) return fail("cannot be written");
    text.remove_prefix(static_cast<std::size_t>(bytes));
  }
  return {};
}

std::expected<void, OutputEnd> Output::commit() {
  if (!is_file()) return {};
  if (fsync(descriptor_) != 0) return fail("cannot be written");
  if (rename(partial_of(file_).c_str(), file_.c_str()) != 0) return fail("cannot be named");
  close(std::exchange(descriptor_, -1));
  if (!sync_directory(file_.parent_path())) return fail("may not have its name after a crash");
  return {};
}

std::unexpected<OutputEnd> Output::fail(std::string_view doing) {
  error_ = (is_file() ? file_.string() : "standard output") + ": " + std::string(doing) + ": " +
           last_error();
  return std::unexpected(OutputEnd::failed);
}

}  // namespace picus::cli
