#include "cli/check_store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <new>
#include <string>

#include "cli/command_log.h"
#include "cli/common_settings.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "config/units.h"
#include "core/last_error.h"
#include "json/text.h"
#include "store/lmdb/check.h"

namespace picus::cli {
namespace {

ExitCode check_here(const CheckOptions& options, CheckProgress& progress) {
  CommandLog log;
  const auto report = picus::check(options.data, log, progress);
  if (!report) {
    const bool broken = report.error().code() == ErrorCode::store_damaged;
    return fail(report.error().message(), broken ? ExitCode::failed : ExitCode::unreachable);
  }
  std::string text;
  for (const CheckProblem& problem : report->problems) {
    text += json::as_string(problem.key) + ": " + problem.what + "\n";
  }
  if (report->problem_count > report->problems.size()) {
    text += "and " + format_count(report->problem_count - report->problems.size()) + " more\n";
  }
  text += options.data.string() + ": " + format_count(report->items) + " items, " +
          format_bytes(report->json_bytes) + " of JSON, " +
          (report->problem_count == 0 ? "no problems"
                                      : format_count(report->problem_count) + " problems") +
          "\n";
  const ExitCode printed = print(text);
  return report->problem_count == 0 ? printed : ExitCode::failed;
}

/// Memory that a child process shares.
class SharedProgress {
 public:
  SharedProgress()
      : memory_(::mmap(nullptr, sizeof(CheckProgress), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    new (memory_) CheckProgress;
  }
  ~SharedProgress() { ::munmap(memory_, sizeof(CheckProgress)); }
  SharedProgress(const SharedProgress&) = delete;
  SharedProgress& operator=(const SharedProgress&) = delete;

  [[nodiscard]] CheckProgress& operator*() const { return *static_cast<CheckProgress*>(memory_); }

 private:
  void* memory_;
};

/// Kills the child if a signal arrives: it changes nothing. `ended`: its end of file is the end of
/// the child.
int wait_for(pid_t child, int ended, const Signals& signals) {
  if (!signals.wait_readable(ended)) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// A signal ends the check at once: it changes nothing. A fault in the file's map is no fault of
/// the program, and leaves no core.
void let_signals_end_this_process() {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
}

/// A parent that is killed ends this process too.
void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(static_cast<int>(ExitCode::interrupted));  // it was before
}

ExitCode check_store(const CheckOptions& options, const Signals& signals) {
  const SharedProgress progress;
  const pid_t parent = ::getpid();
  std::array<int, 2> pipe{};
  const bool has_pipe = ::pipe2(pipe.data(), O_CLOEXEC) == 0;
  const pid_t child = has_pipe ? ::fork() : -1;
  if (child < 0) return fail("cannot start another process: " + last_error());
  if (child == 0) {
    end_with(parent);
    let_signals_end_this_process();
    ::_exit(static_cast<int>(check_here(options, *progress)));
  }
  ::close(pipe.back());
  const int status = wait_for(child, pipe.front(), signals);
  ::close(pipe.front());
  if (WIFEXITED(status)) return static_cast<ExitCode>(WEXITSTATUS(status));
  if (signals.pending()) return fail("interrupted", ExitCode::interrupted);
  const int signal = WTERMSIG(status);
  if (signal != SIGSEGV && signal != SIGBUS && signal != SIGABRT) {
    return fail("the check was terminated: " + std::string(::sigdescr_np(signal)),
                ExitCode::interrupted);
  }
  const CheckProgress& reached = *progress;
  std::string text = options.data.string() + ": the store is damaged: ";
  text += reached.items == 0 ? "the tree cannot be read"
                             : "after the key " + json::as_string(reached.last_key()) + " (" +
                                   format_count(reached.items) +
                                   " items were read) the tree points outside the file";
  write_output(text + " (" + ::sigdescr_np(signal) + ")\n");
  return ExitCode::failed;
}

}  // namespace

Command check_command(const std::shared_ptr<CheckOptions>& options) {
  return {.name = "check",
          .summary = "Read a whole data directory and verify it",
          .details = "Changes nothing. The exit code is 1 if there are problems.",
          .settings = {data_setting(options->data), config_setting()},
          .run = [options](const Call&, const Signals& signals) {
            return check_store(*options, signals);
          }};
}

}  // namespace picus::cli
