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

/// What to do after a failed attempt.
enum class Remedy : std::uint8_t {
  none,
  wait,       ///< retry after a delay
  slow_down,  ///< retry after a longer delay
  fix_clock,  ///< retry with the time of the server, if it differs
  renew_credentials,
};

/// An attempt without a usable response.
struct FailedAttempt {
  CallError error;  ///< `uncertain`: of this attempt alone
  Remedy remedy = Remedy::none;
  std::chrono::seconds clock_tolerance{
      0};  ///< with `fix_clock`: the tolerated difference of the clocks
  std::optional<std::chrono::milliseconds> hint = {};  ///< of `x-amz-retry-after`
  std::string request_id = {};
  std::string date = {};  ///< that of the server
};

/// The failed attempt for an error of the network.
FailedAttempt read_failure(net::TransportError error);

/// The body of a successful response, checked against `x-amz-crc32`, or the failed attempt. A
/// success that is not a response of the operation, or an error that is not an error of AWS, is
/// from another service: after the first it is uncertain what the attempt did; after the second it
/// did nothing.
std::expected<std::string, FailedAttempt> read_response(const AskedService& asked,
                                                        net::PooledResponse response);

}  // namespace picus::aws
