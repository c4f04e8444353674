#include "aws/error_codes.h"

#include <algorithm>
#include <array>

#include "aws/credentials/document.h"
#include "json/member.h"

namespace picus::aws {

using picus::json::text_of;

namespace {

using Kind = CallError::Kind;

constexpr Meaning kThrottled{.kind = Kind::throttled, .remedy = Remedy::slow_down};
constexpr Meaning kPassing{.kind = Kind::unavailable, .remedy = Remedy::wait};
constexpr Meaning kUnavailable{.kind = Kind::unavailable, .remedy = Remedy::none};
constexpr Meaning kRefused{.kind = Kind::refused, .remedy = Remedy::none};
constexpr Meaning kItemTooLarge{.kind = Kind::item_too_large, .remedy = Remedy::none};
constexpr Meaning kUnsigned{.kind = Kind::bad_credentials, .remedy = Remedy::none};
constexpr Meaning kClockIsWrong{.kind = Kind::bad_credentials, .remedy = Remedy::fix_clock};
constexpr Meaning kWrongSignature{
    .kind = Kind::bad_credentials,
    .remedy = Remedy::doubt_clock,
    .advice = "check the secret access key, --region, and the clock of this machine"};
constexpr Meaning kUnknownKey{.kind = Kind::bad_credentials,
                              .remedy = Remedy::renew_credentials,
                              .advice = "the access key is unknown in this region"};
constexpr Meaning kKeyRefused{
    .kind = Kind::key_refused,
    .remedy = Remedy::none,
    .advice = "the key of the table cannot be used: enable it, and allow the role kms:Decrypt"};

constexpr Meaning refused(std::string_view advice) {
  return {.kind = Kind::refused, .remedy = Remedy::none, .advice = advice};
}

constexpr Meaning denied(std::string_view advice) {
  return {.kind = Kind::access_denied, .remedy = Remedy::none, .advice = advice};
}

struct Row {
  std::string_view code;  ///< without the suffix `Exception`, which not all services send
  Meaning meaning;
  std::string_view service = {};  ///< empty: all services
};

/// The first row of a code counts. Other codes are judged by their status.
constexpr auto kRows = std::to_array<Row>({
    {"ConditionalCheckFailed", {.kind = Kind::condition_failed, .remedy = Remedy::none}},
    {"Throttling", kThrottled},
    {"Throttled", kThrottled},
    {"RequestThrottled", kThrottled},
    {"TooManyRequests", kThrottled},
    {"ProvisionedThroughputExceeded", kThrottled},
    {"RequestLimitExceeded", kThrottled},
    {"BandwidthLimitExceeded", kThrottled},
    {"LimitExceeded", kThrottled},
    {"SlowDown", kThrottled},
    {"PriorRequestNotComplete", kThrottled},
    {"TransactionInProgress", kThrottled},
    {"KMSThrottling", kThrottled},
    {"TransactionConflict", kPassing},
    {"ReplicatedWriteConflict", kPassing},
    {"RequestTimeout", kPassing},
    {"RequestExpired", kClockIsWrong},
    {"RequestInTheFuture", kClockIsWrong},
    {"RequestTimeTooSkewed", kClockIsWrong},
    {"InvalidSignature", kWrongSignature},
    {"SignatureDoesNotMatch", kWrongSignature},
    {"AuthFailure", kWrongSignature},
    {"ExpiredToken",
     {.kind = Kind::bad_credentials,
      .remedy = Remedy::renew_credentials,
      .advice = "the credentials have expired: renew them"},
     "sts"},
    {"ExpiredToken",
     {.kind = Kind::bad_credentials,
      .remedy = Remedy::renew_credentials,
      .advice = "the session has expired: check the source of its credentials"}},
    {"InvalidClientTokenId", kUnknownKey},
    {"UnrecognizedClient", kUnknownKey},
    {"IncompleteSignature", kUnsigned},
    {"MissingAuthenticationToken", kUnsigned},
    {"AccessDenied",
     denied("allow the role codedeploy:PutLifecycleEventHookExecutionStatus on the deployment "
            "group"),
     "codedeploy"},
    {"AccessDenied", denied("allow the role this action on the table"), "dynamodb"},
    {"AccessDenied",
     denied("the credentials need the permission sts:GetWebIdentityToken for this audience, with "
            "RS256 and this time"),
     "sts"},
    {"AccessDenied", denied("allow the role this action")},
    {"OptInRequired", kUnavailable},
    {"ResourceNotFound",
     {.kind = Kind::not_found,
      .remedy = Remedy::none,
      .advice = "check --table, --region and --endpoint-url, or create the table with picus table "
                "create"}},
    {"TableNotFound", {.kind = Kind::not_found, .remedy = Remedy::none}},
    {"ResourceInUse", {.kind = Kind::not_active, .remedy = Remedy::none}},
    // STS could not reach the issuer of the token, or its keys.
    {"IDPCommunicationError", kPassing},
    {"InvalidIdentityToken", {.kind = Kind::bad_credentials, .remedy = Remedy::wait}},
    {"SessionDurationEscalation",
     refused("the token would be valid for longer than these credentials: request a shorter time, "
             "or renew the credentials")},
    {"OutboundWebIdentityFederationDisabled",
     refused("the AWS account does not issue tokens yet. An administrator runs this once: aws iam "
             "enable-outbound-web-identity-federation")},
    {"InvalidAction",
     refused("this endpoint of STS does not issue tokens: use the one of a region"), "sts"},
    {"LifecycleEventAlreadyCompleted",
     refused("the deployment was stopped, or the hook exceeded its limit of one hour")},
});

/// `com.amazonaws.dynamodb.v20120810#Code:http://…` is `Code`.
std::string bare_code(std::string_view type) {
  type = type.substr(0, type.find(':'));
  const std::size_t hash = type.rfind('#');
  return std::string(hash == std::string_view::npos ? type : type.substr(hash + 1));
}

const Row* row_of(std::string_view service, std::string_view code) {
  constexpr std::string_view kSuffix = "Exception";
  if (code.ends_with(kSuffix)) code.remove_suffix(kSuffix.size());
  const auto* const found = std::ranges::find_if(kRows, [&](const Row& row) {
    return row.code == code && (row.service.empty() || row.service == service);
  });
  return found == kRows.end() ? nullptr : found;
}

/// "Item size has exceeded the maximum allowed size", "Item size to update has exceeded …".
bool is_about_size(const ServiceError& error) {
  return error.code == "ValidationException" && error.message.contains("tem size") &&
         error.message.contains("exceeded");
}

/// About the key that encrypts the table.
bool is_about_key(const ServiceError& error) {
  return error.code.starts_with("KMS") || error.message.contains("KMS key") ||
         error.message.contains("kms:");
}

}  // namespace

ServiceError parse_service_error(const Service& service, unsigned status, std::string_view body) {
  ServiceError error;
  if (!service.is_json()) {
    error.code = element_of(body, "Code");
    error.message = element_of(body, "Message");
  } else if (const auto object = picus::json::object_of(body)) {
    error.code = bare_code(text_of(*object, "__type"));
    error.message = text_of(*object, "message");
    if (error.message.empty()) error.message = text_of(*object, "Message");
  }
  error.is_document = !error.code.empty();
  if (!error.is_document) error.code = std::to_string(status);
  return error;
}

Meaning meaning_of(const Service& service, unsigned status, const ServiceError& error) {
  constexpr unsigned kTooManyRequests = 429;
  const Row* const row = row_of(service.signing_name, error.code);
  if (row != nullptr && row->meaning.remedy != Remedy::none) return row->meaning;
  // AWS sends several codes for it, also AccessDenied.
  if (is_about_key(error)) return kKeyRefused;
  if (row != nullptr) return row->meaning;
  if (is_about_size(error)) return kItemTooLarge;
  if (status == kTooManyRequests) return kThrottled;
  if (status >= 500) return kPassing;
  return status >= 400 ? kRefused : kUnavailable;
}

}  // namespace picus::aws
