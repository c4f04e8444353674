#pragma once

#include "cli/commands.h"
#include "cli/exit_code.h"

namespace picus::cli {

/// `picus check`.
ExitCode check_store(const CheckOptions& options);

}  // namespace picus::cli
