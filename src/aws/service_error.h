#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace picus::aws {

/// An error of DynamoDB.
struct ServiceError {
  std::string code;  ///< `ConditionalCheckFailedException`; the status if the body has no code
  std::string message;
  bool is_document = false;  ///< the body has the code
};

/// Parses an error document: `{"__type":"prefix#Code:suffix","message":"…"}`.
ServiceError parse_service_error(unsigned status, std::string_view body);

/// The kind of an error.
enum class Verdict : std::uint8_t {
  condition_failed,
  throttled,           ///< retry later
  conflict,            ///< refused because of another request; retry
  server_fault,        ///< may have taken effect; retry
  clock_skewed,        ///< the time of the signature differs too much from that of the server
  maybe_clock_skewed,  ///< a wrong signature, which may be caused by a wrong clock
  credentials_refused,
  unavailable,  ///< an operator must act: permissions, the table
  item_too_large,
  refused,
};
Verdict judge(unsigned status, const ServiceError& error);

/// Advice for the operator; empty if there is none.
std::string_view advice_on(std::string_view code, std::string_view message);

/// Whether the use of the key that encrypts the table was refused.
bool is_about_key(std::string_view code, std::string_view message);

}  // namespace picus::aws
