#include "telemetry/line_sink.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <limits>
#include <utility>

#include "core/signals_blocked.h"

namespace picus {
namespace {

constexpr std::size_t kKeptBytes = 512UZ * 1024;  // of a buffer, once a burst is over
constexpr std::chrono::milliseconds kPollInterval{20};

// A pipe that poll calls writable takes PIPE_BUF bytes without blocking, and as one piece
// (pipe(7)); more may block.
std::size_t max_piece(int fd) {
  struct stat status{};
  const bool file = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  return file ? std::numeric_limits<std::size_t>::max() : PIPE_BUF;
}

// As many whole lines as fit into a piece, or a piece of the first.
std::string_view piece_of(std::string_view lines, std::size_t max_piece) {
  if (lines.size() <= max_piece) return lines;
  const std::size_t end = lines.rfind('\n', max_piece - 1);
  return lines.substr(0, end == std::string_view::npos ? max_piece : end + 1);
}

}  // namespace

LineSink::LineSink(LineSinkOptions options)
    : options_(std::move(options)), max_piece_(max_piece(options_.fd)) {
  const SignalsBlocked blocked;
  thread_ = std::thread(&LineSink::run, this);
}

LineSink::~LineSink() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LineSink::append(std::string_view line, bool hurry) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t held = pending_.size() + writing_bytes_.load(std::memory_order_relaxed);
    if (held + line.size() > options_.max_pending_bytes) {
      ++dropped_;
      return;
    }
    wake = pending_.empty() || (hurry && !hurry_);
    pending_ += line;
    hurry_ = hurry_ || hurry;
  }
  if (wake) wake_.notify_one();
}

void LineSink::flush() {
  constexpr std::chrono::milliseconds kPause{1};
  const auto until = std::chrono::steady_clock::now() + options_.patience;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      hurry_ = true;
      if (pending_.empty() && writing_bytes_ == 0) return;
    }
    wake_.notify_one();
    if (std::chrono::steady_clock::now() >= until) return;
    std::this_thread::sleep_for(kPause);
  }
}

void LineSink::count_dropped() {
  const std::lock_guard lock(mutex_);
  ++dropped_;
}

std::uint64_t LineSink::dropped() {
  const std::lock_guard lock(mutex_);
  return dropped_ + reported_;
}

void LineSink::run() {
  std::string batch;
  while (take(batch)) {
    const bool written = write_lines(batch);
    {
      const std::lock_guard lock(mutex_);
      broken_ = !written;
    }
    if (written) report_dropped();
    if (batch.capacity() > kKeptBytes) batch = {};
  }
}

// Waits for lines and takes them all. False: there is nothing left to do.
bool LineSink::take(std::string& batch) {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return !pending_.empty() || (dropped_ > 0 && !broken_); };
  wake_.wait(lock, [&] { return stopping_ || has_work(); });
  if (!has_work()) return false;
  wake_.wait_for(lock, options_.gather, [this] { return stopping_ || hurry_; });
  batch.clear();
  std::swap(batch, pending_);
  hurry_ = false;
  writing_bytes_ = batch.size();
  return true;
}

void LineSink::report_dropped() {
  std::uint64_t dropped = 0;
  {
    const std::lock_guard lock(mutex_);
    dropped = dropped_;
  }
  if (dropped == 0) return;
  std::string line;
  if (options_.describe_dropped) options_.describe_dropped(line, dropped);
  const bool written = write_lines(line);
  const std::lock_guard lock(mutex_);
  broken_ = !written;
  // A report that did not get out was no line of a caller's: write_lines() has counted it among the
  // dropped.
  dropped_ -= written ? dropped : 1;
  if (written) reported_ += dropped;
}

bool LineSink::write_lines(std::string_view lines) {
  const char* const begin = lines.data();
  while (!lines.empty()) {
    const std::string_view piece = cut_ ? "\n" : piece_of(lines, max_piece_);
    const ssize_t written =
        wait_until_writable() ? ::write(options_.fd, piece.data(), piece.size()) : -1;
    if (written >= 0) {
      if (!cut_) lines.remove_prefix(static_cast<std::size_t>(written));
      cut_ = cut_ && written == 0;
      writing_bytes_ = lines.size();
    } else if (errno != EINTR && errno != EAGAIN) {
      cut_ = cut_ || (lines.data() != begin && *(lines.data() - 1) != '\n');
      writing_bytes_ = 0;
      const std::lock_guard lock(mutex_);
      dropped_ += static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
      return false;
    }
  }
  return true;
}

// False, with errno: the sink is being destroyed, and the descriptor has taken nothing for too
// long.
bool LineSink::wait_until_writable() {
  std::chrono::milliseconds waited{0};
  pollfd watched{.fd = options_.fd, .events = POLLOUT, .revents = 0};
  // Errors of the descriptor end the wait too: write() says which.
  while (::poll(&watched, 1, static_cast<int>(kPollInterval.count())) == 0) {
    if (!stopping_) continue;
    waited += kPollInterval;
    if (waited >= options_.patience) {
      errno = ETIMEDOUT;
      return false;
    }
  }
  return true;
}

}  // namespace picus
