#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "core/error.h"
#include "core/store.h"

/// Conditional requests (RFC 9110, 13) and the idempotency key: maps headers to the arguments of a
/// Store.
namespace picus {

/// From If-Match and If-None-Match; without either: IfAbsent. Errors: bad_request (not a list of
/// entity tags, or a combination that a put does not support).
Result<PutCondition> put_condition(const Request& request);

/// From If-Match; without it: IfPresent. Errors: as put_condition.
Result<RemoveCondition> remove_condition(const Request& request);

/// Whether the client already has the item, and the status is 304: If-None-Match has this tag or is
/// *. Weak comparison (RFC 9110, 13.1.2). `etag`: of the item; nothing: the item has none.
/// Errors: bad_request, precondition_failed (If-Match does not have the tag; it is evaluated first,
/// RFC 9110, 13.2.2).
Result<bool> is_unmodified(const Request& request, const std::optional<Etag>& etag);

/// `error`, the 412 of a put or delete, with the way out if If-Match has a weak tag: otherwise a
/// client reads the item again, gets the same weak tag from a proxy, and fails again.
Error with_advice_on_weak_tags(Error error, const Request& request);

/// The Idempotency-Key, or nothing without the header. Errors: invalid_parameter (not 1 to 255
/// visible ASCII characters, or more than one header).
Result<std::optional<IdempotencyHash>> idempotency(const Request& request, std::string_view caller);

}  // namespace picus
