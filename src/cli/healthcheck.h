#pragma once

#include <string>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

/// Where a process on this machine reaches a server that listens there: `0.0.0.0:80` is
/// `http://127.0.0.1:80`.
std::string url_of(const std::string& listen);

/// `picus healthcheck`.
ExitCode healthcheck(const HealthcheckOptions& options, const Signals& signals);

}  // namespace picus::cli
