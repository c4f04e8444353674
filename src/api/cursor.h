#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace picus {

/// The opaque, URL-safe form of a store's scan position, with a check sum: a client cannot make one
/// up by accident. A position names nothing that the caller may not read, so it needs no secret.
std::string encode_cursor(std::string_view position);

/// Errors: invalid_cursor.
Result<std::string> decode_cursor(std::string_view cursor);

}  // namespace picus
