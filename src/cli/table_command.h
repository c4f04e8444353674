#pragma once

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

/// `picus table create|describe`.
ExitCode table_command(const TableCommandOptions& options, const Signals& signals);

}  // namespace picus::cli
