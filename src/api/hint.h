#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "api/http.h"

namespace picus {

/// Whether a request of this method and path (percent-encoded) has an operation.
using IsOffered = std::function<bool(Method method, std::string_view path)>;

/// The request that a client probably meant when it sent one without an operation, as `GET
/// /picus/get/moon`: the path has an extra slash, another case or a missing part, or the method is
/// that of another operation. Empty if there is no suggestion. Only visible ASCII, of limited
/// length.
std::string probable_request(Method method, std::string_view path, const IsOffered& is_offered);

/// A path for the log: at most `max_bytes`, with %XX for everything but visible ASCII, {key} for a
/// possible key, which is everything after the word of the operation, and {long} for a possible
/// token.
std::string loggable_path(std::string_view path, std::size_t max_bytes);

}  // namespace picus
