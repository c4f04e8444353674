#pragma once

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

ExitCode backup(const BackupOptions& options, const Signals& signals);
ExitCode restore(const RestoreOptions& options, const Signals& signals);

}  // namespace picus::cli
