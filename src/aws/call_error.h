#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace picus::aws {

/// Why a call to AWS has no response: the failure of its last attempt. aws/attempt.h makes it of an
/// error of the network or of a response, whose codes aws/error_codes.h interprets.
/// store/dynamodb/error.h makes the error for a client of it.
struct CallError {
  enum class Kind : std::uint8_t {
    condition_failed,   ///< ConditionalCheckFailedException; `body` has the item if requested
    throttled,          ///< still after the retries
    not_found,          ///< the table does not exist
    not_active,         ///< the table exists, but cannot be used yet, or no longer
    access_denied,      ///< the credentials lack a permission
    key_refused,        ///< the KMS key that encrypts the table cannot be used
    bad_credentials,    ///< wrong or expired, or used with a wrong clock
    unavailable,        ///< no connection, 5xx, no credentials
    deadline_exceeded,  ///< no response in time, in the last attempt before the deadline
    not_the_service,    ///< another service responds; `message` describes it in a sentence
    item_too_large,     ///< ValidationException about the size of the item
    refused,            ///< any other 4xx: a bug in this program
  };
  Kind kind;
  /// That of AWS: `ProvisionedThroughputExceededException`; empty without a response.
  std::string code;
  unsigned status = 0;           ///< of HTTP; 0 without a response
  std::string message;           ///< of AWS or the network: for the log, never for a client
  std::string body = {};         ///< the whole error document
  std::string_view advice = {};  ///< for the operator; empty if there is none
  /// The response of an attempt was lost: it may have taken effect. Also true if a later attempt
  /// got a response.
  bool uncertain = false;

  /// Code and message, for the log.
  [[nodiscard]] std::string text() const { return code.empty() ? message : code + ": " + message; }
};

/// What to do after a failed attempt, before the next one.
enum class Remedy : std::uint8_t {
  none,       ///< another attempt would fail too
  wait,       ///< a short delay
  slow_down,  ///< a longer delay
  fix_clock,  ///< use the time of the server
  /// The signature is wrong, maybe because of the clock: the same if the times differ by minutes.
  doubt_clock,
  renew_credentials,
};

}  // namespace picus::aws
