#include "aws/service_error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "json/member.h"

namespace picus::aws {

using picus::json::text_of;

namespace {

/// `com.amazonaws.dynamodb.v20120810#Code:http://…` is `Code`.
std::string bare_code(std::string_view type) {
  type = type.substr(0, type.find(':'));
  const std::size_t hash = type.rfind('#');
  return std::string(hash == std::string_view::npos ? type : type.substr(hash + 1));
}

/// Codes by what they call for; all others are judged by their status.
constexpr auto kVerdicts = std::to_array<std::pair<std::string_view, Verdict>>({
    {"ConditionalCheckFailedException", Verdict::condition_failed},
    {"Throttling", Verdict::throttled},
    {"ThrottlingException", Verdict::throttled},
    {"ThrottledException", Verdict::throttled},
    {"RequestThrottled", Verdict::throttled},
    {"RequestThrottledException", Verdict::throttled},
    {"TooManyRequestsException", Verdict::throttled},
    {"ProvisionedThroughputExceededException", Verdict::throttled},
    {"RequestLimitExceeded", Verdict::throttled},
    {"BandwidthLimitExceeded", Verdict::throttled},
    {"LimitExceededException", Verdict::throttled},
    {"SlowDown", Verdict::throttled},
    {"PriorRequestNotComplete", Verdict::throttled},
    {"TransactionInProgressException", Verdict::throttled},
    {"TransactionConflictException", Verdict::conflict},
    {"ReplicatedWriteConflictException", Verdict::conflict},
    {"KMSThrottlingException", Verdict::throttled},
    {"RequestTimeout", Verdict::server_fault},
    {"RequestTimeoutException", Verdict::server_fault},
    {"RequestExpired", Verdict::clock_skewed},
    {"RequestInTheFuture", Verdict::clock_skewed},
    {"RequestTimeTooSkewed", Verdict::clock_skewed},
    {"InvalidSignatureException", Verdict::maybe_clock_skewed},
    {"SignatureDoesNotMatch", Verdict::maybe_clock_skewed},
    {"AuthFailure", Verdict::maybe_clock_skewed},
    {"ExpiredToken", Verdict::credentials_refused},
    {"ExpiredTokenException", Verdict::credentials_refused},
    {"InvalidClientTokenId", Verdict::credentials_refused},
    {"UnrecognizedClientException", Verdict::credentials_refused},
    {"AccessDenied", Verdict::unavailable},
    {"AccessDeniedException", Verdict::unavailable},
    {"IncompleteSignature", Verdict::unavailable},
    {"IncompleteSignatureException", Verdict::unavailable},
    {"MissingAuthenticationToken", Verdict::unavailable},
    {"MissingAuthenticationTokenException", Verdict::unavailable},
    {"OptInRequired", Verdict::unavailable},
    {"ResourceNotFoundException", Verdict::unavailable},
    {"ResourceInUseException", Verdict::unavailable},
    {"TableNotFoundException", Verdict::unavailable},
});

/// "Item size has exceeded the maximum allowed size", "Item size to update has exceeded …".
bool is_about_size(const ServiceError& error) {
  return error.code == "ValidationException" && error.message.contains("tem size") &&
         error.message.contains("exceeded");
}

}  // namespace

ServiceError parse_service_error(unsigned status, std::string_view body) {
  ServiceError error;
  if (const auto object = picus::json::object_of(body)) {
    error.code = bare_code(text_of(*object, "__type"));
    error.message = text_of(*object, "message");
    if (error.message.empty()) error.message = text_of(*object, "Message");
  }
  error.is_document = !error.code.empty();
  if (!error.is_document) error.code = std::to_string(status);
  return error;
}

Verdict judge(unsigned status, const ServiceError& error) {
  constexpr unsigned kTooManyRequests = 429;
  const auto* const found =
      std::ranges::find(kVerdicts, error.code, &std::pair<std::string_view, Verdict>::first);
  if (found != kVerdicts.end()) return found->second;
  if (is_about_size(error)) return Verdict::item_too_large;
  if (is_about_key(error.code, error.message)) return Verdict::unavailable;
  if (status == kTooManyRequests) return Verdict::throttled;
  if (status >= 500) return Verdict::server_fault;
  return status >= 400 ? Verdict::refused : Verdict::unavailable;
}

bool is_about_key(std::string_view code, std::string_view message) {
  return code.starts_with("KMS") || message.contains("KMS key") || message.contains("kms:");
}

std::string_view advice_on(std::string_view code, std::string_view message) {
  if (is_about_key(code, message)) {
    return "the key of the table cannot be used: enable it, and allow the role kms:Decrypt";
  }
  if (code.starts_with("AccessDenied")) {
    return "allow the role this action on the table";
  }
  if (code == "ResourceNotFoundException") {
    return "check --table, --region and --endpoint-url, or create the table with picus table "
           "create";
  }
  if (code.starts_with("ExpiredToken")) {
    return "the session has expired: check the source of its credentials";
  }
  if (code == "UnrecognizedClientException" || code == "InvalidClientTokenId") {
    return "the access key is unknown in this region";
  }
  if (code == "InvalidSignatureException" || code == "SignatureDoesNotMatch") {
    return "check the secret access key, --region, and the clock of this machine";
  }
  return {};
}

}  // namespace picus::aws
