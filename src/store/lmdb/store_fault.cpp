#include "store/lmdb/store_fault.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "core/log.h"

namespace picus {
namespace {

// A signal handler can only find what is global.
std::atomic<Log*> fault_log = nullptr;
std::atomic_flag fault_seen;
thread_local bool ends_process = false;

/// The first thread ends the process; another one waits for that.
void be_the_one_to_end() {
  while (!ends_process && fault_seen.test_and_set()) ::pause();
  ends_process = true;
}

constexpr std::array kFaults{SIGSEGV, SIGBUS, SIGABRT};

/// As end_for_damage(), without the log: the allocator found its memory overwritten, perhaps when
/// end_for_damage() asked for some, and this thread holds its locks.
[[noreturn]] void end_for_overwritten_memory() {
  be_the_one_to_end();
  const auto now = std::chrono::system_clock::now();
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::microseconds>(now - day));
  std::array<char, 256> line{};
  const int bytes = std::snprintf(
      line.data(), line.size(),
      R"({"time":"%04d-%02u-%02uT%02d:%02d:%02d.%06dZ","level":"error","event":"store-damaged",)"
      R"("detail":"SIGABRT: a damaged page made LMDB write outside its memory"})"
      "\n",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count()));
  // Nothing can be done about a failure.
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, line.data(), static_cast<std::size_t>(bytes));
  ::_exit(StoreFaults::kExitCode);
}

/// The name of the file that is mapped at this address; empty if it is unknown.
std::string file_at(std::uintptr_t address) {
  constexpr int kHexadecimal = 16;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const char* const end = line.data() + line.size();
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    const char* const hyphen = std::from_chars(line.data(), end, from, kHexadecimal).ptr;
    if (hyphen == end) continue;
    std::from_chars(hyphen + 1, end, to, kHexadecimal);
    if (address < from || address >= to) continue;
    const std::size_t slash = line.rfind('/');
    return slash == std::string::npos ? "" : line.substr(slash + 1);
  }
  return "";
}

std::string lost_bytes(const void* address) {
  const std::string file = file_at(reinterpret_cast<std::uintptr_t>(address));
  return "SIGBUS: " + (file.empty() ? "the file" : file) +
         " is truncated, or the disk cannot read it; `picus check` finds out whether items are "
         "damaged";
}

/// The thread that is interrupted reads the map. After SIGSEGV and SIGBUS it holds neither the
/// allocator's locks nor the log's: unlike in other handlers, all functions can be called here.
void on_fault(int signal, siginfo_t* info, void* /*context*/) {
  if (FaultScope::is_entered()) {
    if (signal == SIGABRT) end_for_overwritten_memory();
    if (signal == SIGBUS) end_for_damage(lost_bytes(info->si_addr).c_str());
    end_for_damage("SIGSEGV: a damaged page points outside the file");
  }
  // It happens again on return, and then does what it does by default.
  ::signal(signal, SIG_DFL);
}

}  // namespace

thread_local int FaultScope::depth_ = 0;

void end_for_damage(const char* what) {
  be_the_one_to_end();
  Log* const log = fault_log;
  if (log == nullptr) std::abort();
  log->write(Level::error, "store-damaged", {{"detail", what}});
  log->flush();
  ::_exit(StoreFaults::kExitCode);
}

StoreFaults::StoreFaults(Log& log) {
  fault_log = &log;
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  for (const int fault : kFaults) ::sigaction(fault, &action, nullptr);
}

StoreFaults::~StoreFaults() {
  for (const int fault : kFaults) ::signal(fault, SIG_DFL);
  fault_log = nullptr;
}

}  // namespace picus
