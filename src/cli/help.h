#pragma once

#include <span>
#include <string>

#include "cli/commands.h"
#include "config/setting.h"

namespace picus::cli {

/// What `picus help` prints: the commands and the exit codes.
std::string overview(std::span<const Command> commands);

/// What `picus help COMMAND` and `picus COMMAND --help` print.
std::string help_of(const Command& command);

/// The options alone, as they stand in a help.
std::string help_of(std::span<const Setting> settings);

}  // namespace picus::cli
