#pragma once

#include <expected>
#include <span>
#include <string>

#include "cli/command.h"

namespace picus::cli {

/// The script with which `shell` (bash, zsh or fish) completes commands, options and their values.
/// The error, for another shell, is a text for the user.
std::expected<std::string, std::string> completion_script(const std::string& shell,
                                                          std::span<const Command> commands);

/// `picus completion`.
Command completion_command();

}  // namespace picus::cli
