#pragma once

#include <span>
#include <string>

#include "cli/exit_code.h"
#include "cli/signals.h"
#include "config/serve_options.h"

namespace picus::cli {

/// `picus serve`: serves until a signal arrives, then drains. `warnings` are logged.
ExitCode serve(ServeOptions options, std::span<const std::string> warnings, Signals& signals);

}  // namespace picus::cli
