#pragma once

#include <expected>
#include <span>
#include <string>

#include "cli/commands.h"

namespace picus::cli {

/// The script that makes `shell` (bash, zsh or fish) complete commands, options and their values.
/// Fails where there is none for that shell, with what to say then.
std::expected<std::string, std::string> completion_script(const std::string& shell,
                                                          std::span<const Command> commands);

}  // namespace picus::cli
