#pragma once

#include "cli/exit_code.h"
#include "cli/signals.h"
#include "cli/token_command.h"

namespace picus::cli {

/// `picus token show`: prints the content of a token, and with --auth-file whether a server with
/// that file accepts it, or which check fails. Fails if it does not. Never prints the token.
ExitCode token_show(const TokenCommandOptions& options, const Signals& signals);

}  // namespace picus::cli
