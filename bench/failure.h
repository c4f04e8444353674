#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace bench {

/// A system call failed: throws with the text of errno.
[[noreturn]] inline void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace bench
