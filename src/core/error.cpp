#include "core/error.h"

#include <utility>

namespace picus {

// One case a code, checked by the compiler for being complete. NOLINTNEXTLINE(*-function-size)
ErrorTraits traits(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_json:
      return {"invalid-json", "The text is not valid JSON", 400, false};
    case ErrorCode::duplicate_name:
      return {"duplicate-name", "A member name occurs twice", 400, false};
    case ErrorCode::invalid_key:
      return {"invalid-key", "The key is not valid", 400, false};
    case ErrorCode::invalid_cursor:
      return {"invalid-cursor", "The cursor is not valid", 400, false};
    case ErrorCode::invalid_parameter:
      return {"invalid-parameter", "A parameter is not valid", 400, false};
    case ErrorCode::bad_request:
      return {"bad-request", "The request is malformed", 400, false};
    case ErrorCode::unauthenticated:
      return {"unauthenticated", "The request has no valid token", 401, false};
    case ErrorCode::insufficient_scope:
      return {"insufficient-scope", "The token does not allow this request", 403, false};
    case ErrorCode::cross_origin:
      return {"cross-origin", "Requests from other origins are refused", 403, false};
    case ErrorCode::host_not_allowed:
      return {"host-not-allowed", "The host name is not allowed", 403, false};
    case ErrorCode::not_found:
      return {"not-found", "Not found", 404, false};
    case ErrorCode::method_not_allowed:
      return {"method-not-allowed", "The path does not support this method", 405, false};
    case ErrorCode::already_exists:
      return {"already-exists", "An item with this key exists", 409, false};
    case ErrorCode::precondition_failed:
      return {"precondition-failed", "The precondition failed", 412, false};
    case ErrorCode::request_timeout:
      return {"request-timeout", "The request did not arrive in time", 408, true};
    case ErrorCode::body_too_large:
      return {"body-too-large", "The body is too large", 413, false};
    case ErrorCode::item_too_large:
      return {"item-too-large", "The item is too large", 413, false};
    case ErrorCode::uri_too_long:
      return {"uri-too-long", "The request target is too long", 414, false};
    case ErrorCode::unsupported_encoding:
      return {"unsupported-encoding", "The Content-Encoding is not supported", 415, false};
    case ErrorCode::headers_too_large:
      return {"headers-too-large", "The head of the request is too large", 431, false};
    case ErrorCode::not_an_object:
      return {"not-an-object", "The JSON text is not an object", 422, false};
    case ErrorCode::invalid_id:
      return {"invalid-id", "The id is not valid", 422, false};
    case ErrorCode::invalid_number:
      return {"invalid-number", "A number cannot be stored exactly", 422, false};
    case ErrorCode::invalid_name:
      return {"invalid-name", "A member name is not valid", 422, false};
    case ErrorCode::reserved_name:
      return {"reserved-name", "A member name is reserved for the server", 422, false};
    case ErrorCode::too_deep:
      return {"too-deep", "The item is nested too deeply", 422, false};
    case ErrorCode::idempotency_mismatch:
      return {"idempotency-mismatch", "The Idempotency-Key was used with another body", 422, false};
    case ErrorCode::bulk_failed:
      return {"bulk-failed", "No item was written", 422, false};
    case ErrorCode::overloaded:
      return {"overloaded", "The server is overloaded", 503, true};
    case ErrorCode::store_unavailable:
      return {"store-unavailable", "The store cannot be reached", 503, true};
    case ErrorCode::throttled:
      return {"throttled", "The store is throttling requests", 503, true};
    case ErrorCode::draining:
      return {"draining", "The server is shutting down", 503, true};
    case ErrorCode::auth_unavailable:
      return {"auth-unavailable", "The keys of the token's issuer are not available", 503, true};
    case ErrorCode::internal:
      return {"internal", "Internal error in the server", 500, false};
    case ErrorCode::store_damaged:
      return {"store-damaged", "The item is damaged", 500, false};
    case ErrorCode::deadline_exceeded:
      return {"deadline-exceeded", "The request took too long", 504, true};
    case ErrorCode::store_full:
      return {"store-full", "The store is full", 507, false};
  }
  std::unreachable();
}

Error::Error(ErrorCode code, std::string message, std::string detail, std::string key)
    : code_(code),
      texts_(std::make_shared<const Texts>(std::move(message), std::move(detail), std::move(key),
                                           std::string())) {}

std::string Error::text() const {
  return detail().empty() ? message() : message() + " (" + detail() + ")";
}

void Error::set_members(std::string members) {
  texts_ = std::make_shared<const Texts>(texts_->message, texts_->detail, texts_->key,
                                         std::move(members));
}

std::optional<std::chrono::seconds> Error::retry_after() const {
  const unsigned status = traits(code_).status;
  if (status != 503 && status != 429) return std::nullopt;
  return std::chrono::seconds{1};
}

std::unexpected<Error> failure(ErrorCode code, std::string message, std::string detail) {
  return std::unexpected(Error(code, std::move(message), std::move(detail)));
}

}  // namespace picus
