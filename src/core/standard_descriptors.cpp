#include "core/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace picus {
namespace {

bool has_output = true;

bool is_closed(int descriptor) { return ::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF; }

}  // namespace

void open_standard_descriptors() {
  constexpr std::array kDescriptors{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  for (const int descriptor : kDescriptors) {
    if (!is_closed(descriptor)) continue;
    if (descriptor == STDOUT_FILENO) has_output = false;
    // The lowest free number is this one: those below are open by now. Programs that are started
    // from here inherit it, so there is no O_CLOEXEC.
    // NOLINTNEXTLINE(android-cloexec-open)
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY) == descriptor) {
      continue;
    }
    constexpr std::string_view kMessage = "picus: cannot open /dev/null\n";
    // Standard error may be closed as well: then nobody can be told.
    (void)!::write(STDERR_FILENO, kMessage.data(), kMessage.size());
    std::_Exit(EXIT_FAILURE);
  }
}

bool has_standard_output() { return has_output; }

}  // namespace picus
