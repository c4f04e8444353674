#pragma once

#include <expected>
#include <string>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

/// The settings of `picus token`; they assign to `to`, which outlives them.
std::vector<Setting> settings_of(TokenCommandOptions& to);

/// Keeps the environment, for AWS credentials.
void take_variable(const Environment& environment, TokenCommandOptions& to);

/// Checks what concerns several settings. The error is for the user.
std::expected<void, std::string> check(const TokenCommandOptions& options);

/// `picus token`. add and remove change the file of --auth-file as a whole, or not at all.
ExitCode token_command(const TokenCommandOptions& options, const Signals& signals);

}  // namespace picus::cli
