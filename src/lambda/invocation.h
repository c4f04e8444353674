#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

namespace picus::lambda {

/// One call of the function.
struct Invocation {
  std::string request_id;  ///< Lambda's
  std::string trace;       ///< X-Ray's header: `Root=1-…;Parent=…;Sampled=1`; may be empty
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::string event;
  bool is_cut = false;  ///< the event was too long, and is not there
};

/// Thrown by who answers an invocation: it is to fail, and what this says to be told. No bug.
class FailedInvocation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace picus::lambda
