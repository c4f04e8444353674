#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace picus::cli {

/// Waits for SIGINT, SIGTERM and SIGHUP. The constructor blocks them in this thread and those that
/// it starts later, unless the process was started with the signal ignored. Blocking also preserves
/// them for a process that is PID 1 (the kernel drops signals that such a process neither handles
/// nor blocks). SIGPIPE and SIGXFSZ are ignored: a write fails instead. Construct one in main,
/// before any thread.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Takes the next signal; nothing: none arrived in time. From any thread.
  std::optional<int> wait(std::chrono::milliseconds patience);
  int wait();

  /// Whether a signal is pending.
  [[nodiscard]] bool pending() const { return pending_within({}); }
  /// Whether a signal is pending or arrives within this time.
  [[nodiscard]] bool pending_within(std::chrono::milliseconds patience) const;
  /// Readable while a signal is pending.
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// Waits until `descriptor` can be read or written; false: a signal arrived first.
  [[nodiscard]] bool wait_readable(int descriptor) const;
  [[nodiscard]] bool wait_writable(int descriptor) const;

 private:
  sigset_t ending_;
  int descriptor_ = -1;
};

/// `SIGTERM`.
const char* signal_name(int signal);

}  // namespace picus::cli
