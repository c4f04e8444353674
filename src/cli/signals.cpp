#include "cli/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace picus::cli {
namespace {

/// Those that this process was started to ignore are not among them: nohup ignores SIGHUP, a shell
/// SIGINT for what it starts in the background.
sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action{};
    const bool known = sigaction(signal, nullptr, &action) == 0;
    if (!known || action.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  return set;
}

bool wait_for(int descriptor, short events, int signals) {
  std::array<pollfd, 2> polled = {pollfd{descriptor, events, 0}, pollfd{signals, POLLIN, 0}};
  while (poll(polled.data(), polled.size(), -1) < 0 && errno == EINTR) {
  }
  return (polled[1].revents & POLLIN) == 0;
}

}  // namespace

Signals::Signals()
    : ending_(ending_signals()), descriptor_(signalfd(-1, &ending_, SFD_CLOEXEC | SFD_NONBLOCK)) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  pthread_sigmask(SIG_BLOCK, &ending_, nullptr);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

Signals::~Signals() { close(descriptor_); }

std::optional<int> Signals::wait(std::chrono::milliseconds patience) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
  const std::chrono::nanoseconds rest = patience - seconds;
  const timespec time{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
  // Another signal than those waited for (a debugger's, a stop and continue) cuts the wait short:
  // that is no harm to callers, which wait again or go on.
  const int signal = sigtimedwait(&ending_, nullptr, &time);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

int Signals::wait() {
  for (;;) {
    if (const auto signal = wait(std::chrono::hours(1))) return *signal;
  }
}

bool Signals::pending_within(std::chrono::milliseconds patience) const {
  pollfd polled{descriptor_, POLLIN, 0};
  return poll(&polled, 1, static_cast<int>(patience.count())) > 0;
}

bool Signals::wait_readable(int descriptor) const {
  return wait_for(descriptor, POLLIN, descriptor_);
}

bool Signals::wait_writable(int descriptor) const {
  return wait_for(descriptor, POLLOUT, descriptor_);
}

const char* signal_name(int signal) {
  switch (signal) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGHUP:
      return "SIGHUP";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGABRT:
      return "SIGABRT";
    case SIGKILL:
      return "SIGKILL";
    default:
      return "signal";
  }
}

}  // namespace picus::cli
