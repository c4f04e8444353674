#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace picus {

/// The problems of the HTTP contract.
enum class ErrorCode : std::uint8_t {
  invalid_json,
  duplicate_name,
  invalid_key,
  invalid_cursor,
  invalid_parameter,
  bad_request,
  unauthenticated,
  insufficient_scope,
  cross_origin,
  host_not_allowed,
  not_found,
  method_not_allowed,
  already_exists,
  precondition_failed,
  request_timeout,
  body_too_large,
  item_too_large,
  uri_too_long,
  unsupported_encoding,
  headers_too_large,
  not_an_object,
  invalid_id,
  invalid_number,
  invalid_name,
  reserved_name,
  too_deep,
  idempotency_mismatch,
  bulk_failed,
  overloaded,
  store_unavailable,
  throttled,
  draining,
  auth_unavailable,
  internal,
  store_damaged,
  deadline_exceeded,
  store_full,
};

inline constexpr std::size_t kErrorCodes = static_cast<std::size_t>(ErrorCode::store_full) + 1;

/// The HTTP form of a code.
struct ErrorTraits {
  std::string_view name;   ///< the `code` member and the tail of `type`: `not-found`
  std::string_view title;  ///< RFC 9457 `title`: the same for every problem with this code
  unsigned status;         ///< HTTP status
  bool retryable;          ///< the same request may succeed later
};

/// The only mapping from codes to HTTP.
ErrorTraits traits(ErrorCode code);

/// An ordinary failure, as a value. Copies share their texts: passing one on costs little.
class Error {
 public:
  /// `message` is for the client: what is wrong, where, and the limit. `detail` is only for the
  /// log: the text of the backend.
  explicit Error(ErrorCode code, std::string message, std::string detail = {},
                 std::string key = {});

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return texts_->message; }
  [[nodiscard]] const std::string& detail() const { return texts_->detail; }
  /// The key of the one item that the error is about, for the log; empty: it is about no item, or
  /// about several.
  [[nodiscard]] const std::string& key() const { return texts_->key; }
  /// `message (detail)`: for the user of a command, who sees no log.
  [[nodiscard]] std::string text() const;

  /// Further members of the problem, as JSON text: `"failed":1,"errors":[…]`.
  [[nodiscard]] const std::string& members() const { return texts_->members; }
  void set_members(std::string members);

  /// The value of `Retry-After`, for every code with the status 429 or 503.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const;

 private:
  struct Texts {
    std::string message;
    std::string detail;
    std::string key;
    std::string members;
  };

  ErrorCode code_;
  std::shared_ptr<const Texts> texts_;
};

template <typename T>
using Result = std::expected<T, Error>;

/// `return failure(ErrorCode::not_found, "…");` from a function that returns a Result.
std::unexpected<Error> failure(ErrorCode code, std::string message, std::string detail = {});

}  // namespace picus
