#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "api/http.h"

namespace picus {

/// Whether a request of this method and path (percent-encoded) has an operation.
using IsOffered = std::function<bool(Method method, std::string_view path)>;

/// The request that a client probably meant by one that has none, as `GET /picus/get/moon`: the
/// path with a slash too many, in another case, without a part, or with another operation's method.
/// Empty where nothing suggests itself. Only visible ASCII, of bounded length.
std::string probable_request(Method method, std::string_view path, const IsOffered& is_offered);

/// A path for the log: all but visible ASCII as %XX, at most `max_bytes`, {key} for what may be a
/// key, which is what follows a word of an item's path, and {long} for what may be a token.
std::string loggable_path(std::string_view path, std::size_t max_bytes);

}  // namespace picus
