#include "store/dynamodb/error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/service_error.h"
#include "core/concat.h"
#include "core/limits.h"

namespace picus {
namespace {

using Kind = aws::CallError::Kind;

/// Codes that say that the credentials, or the clock that signs with them, are of no use.
constexpr auto kBadCredentials = std::to_array<std::string_view>(
    {"UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch",
     "ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId", "IncompleteSignature",
     "IncompleteSignatureException", "MissingAuthenticationToken",
     "MissingAuthenticationTokenException", "RequestExpired"});

std::string detail_of(const aws::CallError& error) {
  return error.code.empty() ? error.message : error.code + ": " + error.message;
}

}  // namespace

Error dynamodb_error(const aws::CallError& error) {
  switch (error.kind) {
    case Kind::throttled:
      return Error(ErrorCode::throttled,
                   "DynamoDB is throttling requests to the table; retry later.", detail_of(error));
    case Kind::unavailable:
    case Kind::not_the_service:
      return Error(ErrorCode::store_unavailable, "The store cannot be reached.", detail_of(error));
    case Kind::deadline_exceeded:
      return Error(ErrorCode::deadline_exceeded, "The store did not respond in time.",
                   detail_of(error));
    case Kind::item_too_large:
      return Error(ErrorCode::item_too_large,
                   concat("An item has at most ", kMaxItemBytes,
                          " bytes as DynamoDB counts them; this one has more."),
                   detail_of(error));
    case Kind::condition_failed:
    case Kind::refused:
      return Error(ErrorCode::internal, "The store refused the request.", detail_of(error));
  }
  std::unreachable();
}

Trouble trouble_of(const aws::CallError& error) {
  if (error.code == "ResourceNotFoundException") return Trouble::no_table;
  if (aws::is_about_key(error.code, error.message)) return Trouble::key_refused;
  if (error.code == "AccessDeniedException") return Trouble::access_denied;
  if (std::ranges::find(kBadCredentials, error.code) != kBadCredentials.end()) {
    return Trouble::bad_credentials;
  }
  // "The provided key element does not match the schema", and what DynamoDB Local says instead.
  // Our requests are all alike: nothing else about a key can be wrong with them.
  if (error.code == "ValidationException" && error.message.contains("key")) {
    return Trouble::wrong_key;
  }
  return Trouble::none;
}

std::string advice_on(Trouble trouble, std::string_view table, std::string_view key_attribute) {
  const std::string name = '"' + std::string(table) + '"';
  switch (trouble) {
    case Trouble::none:
      return {};
    case Trouble::no_table:
      return "There is no table " + name +
             " in this account and region; `picus table create` creates it.";
    case Trouble::not_active:
      return "The table " + name + " exists but is not active: it is being created or deleted.";
    case Trouble::key_refused:
      return "The KMS key of the table " + name +
             " cannot be used: it is disabled, or the credentials lack kms:Decrypt on it.";
    case Trouble::access_denied:
      return "The credentials have no permission for the table " + name +
             "; allow them dynamodb:GetItem, PutItem, DeleteItem and Scan on it.";
    case Trouble::bad_credentials:
      return "The credentials were refused: they are wrong or expired, or the clock of this "
             "machine is wrong.";
    case Trouble::wrong_key:
      return "The key of the table " + name + " is not only the string \"" +
             std::string(key_attribute) +
             "\"; to use another key attribute, set --key-attribute. A table with a sort key is "
             "not supported.";
  }
  std::unreachable();
}

}  // namespace picus
