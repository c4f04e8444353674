#pragma once

#include <span>
#include <string>

#include "cli/command.h"
#include "config/setting.h"

namespace picus::cli {

/// The output of `picus help`: the commands and the exit codes.
std::string overview(std::span<const Command> commands);

/// The output of `picus help COMMAND` and `picus COMMAND --help`.
std::string help_of(const Command& command);

/// `picus help`. `others`: the commands besides it.
Command help_command(std::span<const Command> others);

/// Only the options part of a help.
std::string help_of(std::span<const Setting> settings);

}  // namespace picus::cli
