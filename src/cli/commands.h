#pragma once

#include <vector>

#include "cli/command.h"

namespace picus::cli {

/// All commands of `picus`, in the order of its help.
std::vector<Command> all_commands();

}  // namespace picus::cli
