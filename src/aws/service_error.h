#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace picus::aws {

/// What DynamoDB says when it refuses.
struct ServiceError {
  std::string code;  ///< `ConditionalCheckFailedException`; the status where the body says nothing
  std::string message;
  bool is_document = false;  ///< the body names the code
};

/// Takes an error document apart: `{"__type":"prefix#Code:suffix","message":"…"}`.
ServiceError parse_service_error(unsigned status, std::string_view body);

/// What an error calls for.
enum class Verdict : std::uint8_t {
  condition_failed,
  throttled,           ///< try again later
  conflict,            ///< refused for another's sake; try again
  server_fault,        ///< may have taken effect; try again
  clock_skewed,        ///< the time that was signed is too far from the server's
  maybe_clock_skewed,  ///< a wrong signature, which a wrong clock may have made
  credentials_refused,
  unavailable,  ///< for an operator: rights, the table
  item_too_large,
  refused,
};
Verdict judge(unsigned status, const ServiceError& error);

/// What an operator can do about it; empty where there is nothing to say.
std::string_view advice_on(std::string_view code, std::string_view message);

/// Whether what was refused is the use of the key that encrypts the table.
bool is_about_key(std::string_view code, std::string_view message);

}  // namespace picus::aws
