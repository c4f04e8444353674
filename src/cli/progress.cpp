#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/output.h"
#include "config/units.h"
#include "core/concat.h"

namespace picus::cli {
namespace {

constexpr std::chrono::milliseconds kEvery(200);

std::size_t columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

/// `0:12`.
std::string clock(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(seconds));
  const std::string rest = std::to_string(whole % 60);
  return concat(whole / 60, (rest.size() < 2 ? ":0" : ":"), rest);
}

}  // namespace

std::string rate(std::uint64_t items, std::chrono::milliseconds elapsed) {
  const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(1, elapsed.count()));
  return format_count(items * 1000 / milliseconds) + " items/s";
}

std::string describe(const Advance& advance, std::chrono::milliseconds elapsed) {
  std::string text = format_count(advance.items) + " items, " + format_bytes(advance.bytes) + ", " +
                     rate(advance.items, elapsed);
  if (!advance.fraction) return text;
  const double fraction = std::clamp(*advance.fraction, 0.0, 1.0);
  text += concat(", ", static_cast<int>(fraction * 100), " %");
  // Before the first percent the rest is a guess that would only jump about.
  constexpr double kEnoughToTell = 0.01;
  if (fraction < kEnoughToTell) return text;
  const double seconds = static_cast<double>(elapsed.count()) / 1000;
  return text + ", " + clock(seconds * (1 - fraction) / fraction) + " left";
}

std::string bar(double fraction) {
  constexpr std::size_t kWidth = 20;
  const double clamped = std::clamp(fraction, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(clamped * static_cast<double>(kWidth));
  return "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "]";
}

Progress::Progress(std::chrono::milliseconds every)
    : started_(std::chrono::steady_clock::now()),
      shown_at_(started_),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      every_(is_terminal_ ? kEvery : every) {}

Progress::~Progress() { clear(); }

void Progress::show(const Advance& advance) {
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_at_ < every_) return;
  shown_at_ = now;
  if (!is_terminal_) return write_error("picus: " + describe(advance, elapsed()) + "\n");
  shown_ = true;
  // The last column stays free: some terminals wrap when it is written.
  const std::string drawn = advance.fraction ? bar(*advance.fraction) + " " : std::string();
  const std::string line = (drawn + describe(advance, elapsed())).substr(0, columns() - 1);
  write_terminal("\r" + line + "\x1b[K");
}

void Progress::print(std::string_view line) {
  clear();
  write_error(std::string(line) + "\n");
}

std::chrono::milliseconds Progress::elapsed() const {
  const auto past = std::chrono::steady_clock::now() - started_;
  return std::chrono::duration_cast<std::chrono::milliseconds>(past);
}

void Progress::clear() {
  if (shown_) write_terminal("\r\x1b[K");
  shown_ = false;
}

}  // namespace picus::cli
