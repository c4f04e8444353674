#pragma once

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

/// `picus export`.
ExitCode export_items(const ExportOptions& options, const Signals& signals);

}  // namespace picus::cli
