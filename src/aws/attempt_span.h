#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "aws/attempt.h"
#include "core/trace.h"

namespace picus::aws {

/// One attempt of a call, for its span. All views outlive the record.
struct AttemptRecord {
  std::string_view service;  ///< `dynamodb`
  std::string_view name;     ///< `DynamoDB`
  std::string_view region;
  std::string_view operation;   ///< `GetItem`
  std::string_view request;     ///< its parameters, as JSON
  std::string_view request_id;  ///< of AWS; empty: there is no response
  unsigned number;              ///< starting at 1
  SpanId span;
  std::chrono::steady_clock::time_point begin;
};

/// The span of an attempt that ends now, below that of the request `of`. It has no keys and values
/// of items.
std::string attempt_span(const TraceContext& of, const AttemptRecord& attempt,
                         const std::expected<std::string, FailedAttempt>& outcome);

}  // namespace picus::aws
