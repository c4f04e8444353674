#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

namespace picus::lambda {

/// One invocation of the function.
struct Invocation {
  std::string request_id;  ///< of Lambda
  std::string trace;       ///< the header of X-Ray: `Root=1-…;Parent=…;Sampled=1`; may be empty
  std::string function_arn = {};  ///< of the function as it was invoked; may be empty
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::string event;
  bool is_cut = false;  ///< the event was too long and is missing
};

/// Thrown by a handler to fail its invocation on purpose; `what()` is reported to Lambda.
class FailedInvocation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace picus::lambda
