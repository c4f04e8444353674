#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "aws/dynamodb_client.h"
#include "aws/service_answer.h"
#include "aws/service_error.h"
#include "net/client/http_pool.h"

namespace picus::aws {

/// What is to be done about a failed attempt.
enum class Remedy : std::uint8_t {
  none,
  wait,       ///< try again after a delay
  slow_down,  ///< try again after a longer one
  fix_clock,  ///< try again with the server's time, if it is another
  renew_credentials,
};

/// An attempt that brought no answer a caller can use.
struct FailedAttempt {
  CallError error;  ///< `uncertain`: of this attempt alone
  Remedy remedy = Remedy::none;
  std::chrono::seconds clock_tolerance{0};             ///< with `fix_clock`: how far off is right
  std::optional<std::chrono::milliseconds> hint = {};  ///< of `x-amz-retry-after`
  std::string request_id = {};
  std::string date = {};  ///< the server's
};

/// What the network's failure means.
FailedAttempt read_failure(net::TransportError error);

/// The body of a good answer, checked against `x-amz-crc32`, or what a bad one means. A success
/// that is no response of the operation, and a refusal that is no error of AWS's, come from
/// something else: what the attempt did is uncertain after the first, and it did nothing after the
/// second.
std::expected<std::string, FailedAttempt> read_response(const AskedService& asked,
                                                        net::PooledResponse response);

}  // namespace picus::aws
