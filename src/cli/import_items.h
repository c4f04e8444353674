#pragma once

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

/// `picus import`.
ExitCode import_items(const ImportOptions& options, const Signals& signals);

}  // namespace picus::cli
