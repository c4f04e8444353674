#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace picus::cli {

/// The manual page picus(1) in the format of man(7): all commands, their settings and the exit
/// codes, as in `picus help`.
std::string manual_page(std::span<const Command> commands);

}  // namespace picus::cli
