#pragma once

#include "cli/exit_code.h"
#include "cli/token_command.h"

namespace picus::cli {

/// `picus token aws`: prints a token that AWS STS makes for the holder of the AWS credentials.
ExitCode token_aws(const TokenCommandOptions& options);

}  // namespace picus::cli
