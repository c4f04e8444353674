#pragma once

#include <string>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

/// The URL with which a process on this machine reaches a server with this address:
/// `http://127.0.0.1:80` for `0.0.0.0:80`.
std::string url_of(const std::string& listen);

/// `picus healthcheck`.
ExitCode healthcheck(const HealthcheckOptions& options, const Signals& signals);

}  // namespace picus::cli
