#include "store/dynamodb/error.h"

#include <utility>

#include "core/concat.h"
#include "core/limits.h"

namespace picus {

using Kind = aws::CallError::Kind;

Error dynamodb_error(const aws::CallError& error) {
  switch (error.kind) {
    case Kind::throttled:
      return Error(ErrorCode::throttled,
                   "DynamoDB is throttling requests to the table; retry later.", error.text());
    case Kind::not_found:
    case Kind::not_active:
    case Kind::access_denied:
    case Kind::key_refused:
    case Kind::bad_credentials:
    case Kind::unavailable:
    case Kind::not_the_service:
      return Error(ErrorCode::store_unavailable, "The store cannot be reached.", error.text());
    case Kind::deadline_exceeded:
      return Error(ErrorCode::deadline_exceeded, "The store did not respond in time.",
                   error.text());
    case Kind::item_too_large:
      return Error(ErrorCode::item_too_large,
                   concat("An item has at most ", kMaxItemBytes,
                          " bytes as DynamoDB counts them; this one has more."),
                   error.text());
    case Kind::condition_failed:
    case Kind::refused:
      return Error(ErrorCode::internal, "The store refused the request.", error.text());
  }
  std::unreachable();
}

bool is_wrong_key(const aws::CallError& error) {
  // "The provided key element does not match the schema", and the text of DynamoDB Local. Our
  // requests differ only in values: nothing else about a key can be wrong with them.
  return error.kind == Kind::refused && error.code == "ValidationException" &&
         error.message.contains("key");
}

std::string advice_on_table(const aws::CallError& error, std::string_view table,
                            std::string_view key_attribute) {
  const std::string name = '"' + std::string(table) + '"';
  switch (error.kind) {
    case Kind::not_found:
      return "There is no table " + name +
             " in this account and region; `picus table create` creates it.";
    case Kind::not_active:
      return "The table " + name + " exists but is not active: it is being created or deleted.";
    case Kind::key_refused:
      return "The KMS key of the table " + name +
             " cannot be used: it is disabled, or the credentials lack kms:Decrypt on it.";
    case Kind::access_denied:
      return "The credentials have no permission for the table " + name +
             "; allow them dynamodb:GetItem, PutItem, DeleteItem and Scan on it.";
    case Kind::bad_credentials:
      return "The credentials were refused: they are wrong or expired, or the clock of this "
             "machine is wrong.";
    case Kind::not_the_service:
      return error.message;
    case Kind::refused:
      if (!is_wrong_key(error)) break;
      return "The key of the table " + name + " is not only the string \"" +
             std::string(key_attribute) +
             "\"; to use another key attribute, set --key-attribute. A table with a sort key is "
             "not supported.";
    case Kind::condition_failed:
    case Kind::throttled:
    case Kind::unavailable:
    case Kind::deadline_exceeded:
    case Kind::item_too_large:
      break;
  }
  return "The table " + name + " cannot be reached.";
}

}  // namespace picus
