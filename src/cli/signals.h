#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace picus::cli {

/// SIGINT, SIGTERM and SIGHUP as something to wait for. From its making on they are blocked in this
/// thread and those that it starts, which also keeps them for a process that is PID 1 (the kernel
/// drops signals that such a process neither handles nor blocks), unless the process was started to
/// ignore them. SIGPIPE and SIGXFSZ are ignored: a write fails instead. Make one, in main, before
/// any thread.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Takes the next signal; nothing: none came in time. From any thread.
  std::optional<int> wait(std::chrono::milliseconds patience);
  int wait();

  /// Whether one waits to be taken.
  [[nodiscard]] bool pending() const { return pending_within({}); }
  /// Whether one waits to be taken, or comes in this time.
  [[nodiscard]] bool pending_within(std::chrono::milliseconds patience) const;
  /// Readable while one waits to be taken.
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// Waits until `descriptor` can be read or written; false: a signal came first.
  [[nodiscard]] bool wait_readable(int descriptor) const;
  [[nodiscard]] bool wait_writable(int descriptor) const;

 private:
  sigset_t ending_;
  int descriptor_ = -1;
};

/// `SIGTERM`.
const char* signal_name(int signal);

}  // namespace picus::cli
