#pragma once

#include "cli/commands.h"
#include "cli/exit_code.h"

namespace picus::cli {

/// `picus token aws`: prints a token that AWS STS makes for the holder of the AWS credentials.
ExitCode token_aws(const TokenCommandOptions& options);

}  // namespace picus::cli
