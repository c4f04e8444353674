#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace picus {

/// The description of an errno: `No space left on device`.
inline std::string last_error(int code = errno) { return std::generic_category().message(code); }

}  // namespace picus
