#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace picus {

/// The opaque, URL-safe form of a scan position of a store, with a checksum that detects accidental
/// changes. It needs no secret: a position contains nothing that the caller may not read.
std::string encode_cursor(std::string_view position);

/// Errors: invalid_cursor.
Result<std::string> decode_cursor(std::string_view cursor);

}  // namespace picus
