#pragma once

#include "cli/exit_code.h"
#include "cli/signals.h"
#include "verify/options.h"

namespace picus::verify {

/// picus-verify as a command: prints each check on standard output when it is over. A signal ends
/// the checks; what they made is deleted all the same.
cli::ExitCode verify_from_shell(const Options& options, const cli::Signals& signals);

}  // namespace picus::verify
