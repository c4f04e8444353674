#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "api/http.h"
#include "api/routes.h"

namespace picus {

/// The request that a client probably meant when it sent one without a route, as `GET /picus/moon`:
/// the path has an extra slash, another case or a missing part, or the method is that of another
/// operation. Empty if there is no suggestion. Only visible ASCII, of limited length.
std::string probable_request(Method method, std::string_view path, const Router& router);

/// A path for the log: at most `max_bytes`, with %XX for everything but visible ASCII, {key} for a
/// possible key, which is everything after the word of the operation, and {long} for a possible
/// token.
std::string loggable_path(std::string_view path, std::size_t max_bytes);

}  // namespace picus
