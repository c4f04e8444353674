#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "core/error.h"
#include "core/store.h"

/// Conditional requests (RFC 9110, 13) and the idempotency key, from headers to what a Store
/// understands.
namespace picus {

/// From If-Match and If-None-Match; without either: IfAbsent.
/// Errors: bad_request (not a list of entity tags, or a combination that a put cannot keep).
Result<PutCondition> put_condition(const Request& request);

/// From If-Match; without it: IfPresent. Errors: as put_condition.
Result<RemoveCondition> remove_condition(const Request& request);

/// Whether the client has what it reads already: If-None-Match names this tag, or is *, so that the
/// status is 304. Weak comparison (RFC 9110, 13.1.2). `etag`: of what is there; nothing: it has
/// none. Errors: bad_request, precondition_failed (If-Match does not name the tag; RFC 9110, 13.2.2
/// has it first).
Result<bool> is_unmodified(const Request& request, const std::optional<Etag>& etag);

/// Nothing without the header. Errors: invalid_parameter (not 1 to 255 visible ASCII characters, or
/// twice).
Result<std::optional<IdempotencyHash>> idempotency(const Request& request, std::string_view caller);

}  // namespace picus
