#include "store/lmdb/store_fault.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>

#include "core/log.h"

namespace picus {
namespace {

// A signal handler can only find what is global.
std::atomic<Log*> fault_log = nullptr;
std::atomic<int> fault_exit_code = 0;
std::atomic_flag fault_seen;

constexpr std::array kFaults{SIGSEGV, SIGBUS};

/// The thread that is interrupted reads the map. It holds neither the allocator's locks nor the
/// log's: unlike in other handlers, all functions can be called here.
void on_fault(int signal, siginfo_t* /*info*/, void* /*context*/) {
  if (FaultScope::is_entered()) {
    end_for_damage(signal == SIGBUS ? "SIGBUS: the file is truncated, or the disk cannot read it"
                                    : "SIGSEGV: a damaged page points outside the file");
  }
  // It happens again on return, and then does what it does by default.
  ::signal(signal, SIG_DFL);
}

}  // namespace

thread_local int FaultScope::depth_ = 0;

void end_for_damage(const char* what) {
  // The first thread ends the process; another one waits for that.
  while (fault_seen.test_and_set()) ::pause();
  Log* const log = fault_log;
  if (log == nullptr) std::abort();
  log->write(Level::error, "store-damaged", {{"detail", what}});
  log->flush();
  ::_exit(fault_exit_code);
}

StoreFaults::StoreFaults(Log& log, int exit_code) {
  fault_exit_code = exit_code;
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
