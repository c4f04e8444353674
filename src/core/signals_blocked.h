#pragma once

#include <csignal>

namespace picus {

/// While it lives, its thread takes no signals, and a thread that is started meanwhile never takes
/// any: they go to the thread that waits for them. Those of a fault of the thread itself (SIGSEGV,
/// SIGBUS) are not blocked: the process would end without their handler.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace picus
