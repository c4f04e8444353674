#pragma once

#include "cli/exit_code.h"
#include "cli/signals.h"
#include "verify/options.h"

namespace picus::verify {

/// picus-verify as a command: prints the result of each check to standard output. A signal ends the
/// checks; the items that they created are deleted nevertheless.
cli::ExitCode verify_from_shell(const Options& options, const cli::Signals& signals);

}  // namespace picus::verify
