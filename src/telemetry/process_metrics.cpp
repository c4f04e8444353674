#include "telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace picus {
namespace {

using Kind = Metric::Kind;

std::int64_t micros_of(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

std::int64_t cpu_micros() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return micros_of(usage.ru_utime) + micros_of(usage.ru_stime);
}

/// The number in a file of /proc: the word after so many others, behind the last `after`. 0: there
/// is none.
std::int64_t number_in(const char* path, std::string_view after, unsigned skipped) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::size_t begin = after.empty() ? 0 : text.rfind(after);
  if (begin == std::string::npos) return 0;
  begin += after.size();
  for (unsigned i = 0; i < skipped && begin < text.size(); ++i) begin = text.find(' ', begin) + 1;
  begin = std::min(text.find_first_not_of(' ', begin), text.size());
  std::int64_t number = 0;
  std::from_chars(text.data() + begin, text.data() + text.size(), number);
  return number;
}

std::int64_t pages_in_bytes(unsigned skipped) {
  return number_in("/proc/self/statm", "", skipped) * ::sysconf(_SC_PAGESIZE);
}

std::int64_t open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator all("/proc/self/fd", error);
  // One of them is that of the directory itself.
  return error ? 0 : std::distance(begin(all), end(all)) - 1;
}

std::int64_t max_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::int64_t>(limit.rlim_cur);
}

/// In hundredths of a second since 1970 (proc(5): clock ticks since the boot, the 22nd field; the
/// second one may contain spaces, and ends with a parenthesis).
std::int64_t start_time() {
  constexpr std::int64_t kTicks = 100;  // sysconf(_SC_CLK_TCK) on every Linux
  const std::int64_t boot = number_in("/proc/stat", "\nbtime ", 0);
  return boot * kTicks + number_in("/proc/self/stat", ") ", 19);
}

}  // namespace

void add_process_metrics(Registry& registry) {
  registry.reading(
      {.name = "process_cpu_seconds_total", .help = "User and system CPU time.", .decimals = 6},
      cpu_micros);
  registry.reading(
      {.name = "process_resident_memory_bytes", .help = "Resident memory.", .kind = Kind::gauge},
      [] { return pages_in_bytes(1); });
  registry.reading(
      {.name = "process_virtual_memory_bytes", .help = "Virtual memory.", .kind = Kind::gauge},
      [] { return pages_in_bytes(0); });
  registry.reading(
      {.name = "process_open_fds", .help = "Open file descriptors.", .kind = Kind::gauge},
      open_descriptors);
  registry.reading({.name = "process_max_fds",
                    .help = "Maximum number of open file descriptors.",
                    .kind = Kind::gauge},
                   max_descriptors);
  registry.reading({.name = "process_start_time_seconds",
                    .help = "Start of the process, in seconds since 1970.",
                    .kind = Kind::gauge,
                    .decimals = 2},
                   start_time);
}

}  // namespace picus
