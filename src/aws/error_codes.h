#pragma once

#include <string>
#include <string_view>

#include "aws/call_error.h"
#include "aws/service.h"

namespace picus::aws {

/// An error document of AWS.
struct ServiceError {
  std::string code;  ///< `ConditionalCheckFailedException`; the status if the body has no code
  std::string message;
  bool is_document = false;  ///< the body has the code
};

/// Parses `{"__type":"prefix#Code:suffix","message":"…"}`, or of a service with the Query protocol
/// `<Error><Code>…</Code><Message>…`.
ServiceError parse_service_error(const Service& service, unsigned status, std::string_view body);

/// What an error means: the one table of which errors are retried, and how. aws/retry.h has the
/// delays.
struct Meaning {
  CallError::Kind kind;
  Remedy remedy;
  std::string_view advice = {};  ///< for the operator; empty if there is none
};

Meaning meaning_of(const Service& service, unsigned status, const ServiceError& error);

}  // namespace picus::aws
