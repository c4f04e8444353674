#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "aws/call_error.h"
#include "aws/service_answer.h"
#include "net/client/http_pool.h"

namespace picus::aws {

/// An attempt without a usable response.
struct FailedAttempt {
  CallError error;  ///< `uncertain`: of this attempt alone
  Remedy remedy = Remedy::none;
  std::optional<std::chrono::milliseconds> hint = {};  ///< of `x-amz-retry-after`
  std::string request_id = {};
  std::string date = {};     ///< of the server
  bool had_no_time = false;  ///< less than a server may need to respond
};

/// The failed attempt for an error of the network.
FailedAttempt read_failure(const net::TransportError& error);

/// The body of a successful response, checked against `x-amz-crc32`, or the failed attempt, by the
/// table in aws/error_codes.cpp. A success that is not a response of the operation, or an error
/// that is not an error of AWS, is from another service: after the first it is uncertain what the
/// attempt did; after the second it did nothing.
std::expected<std::string, FailedAttempt> read_response(const AskedService& asked,
                                                        net::HttpResponse response);

}  // namespace picus::aws
