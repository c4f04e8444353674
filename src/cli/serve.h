#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/serve_options.h"

namespace picus::cli {

/// `picus serve`: serves until a signal arrives, then drains.
Command serve_command(
    const std::shared_ptr<ServeOptions>& options = std::make_shared<ServeOptions>());

/// What its log warns of at startup: unknown variables, and a proxy that is not used.
std::vector<std::string> warnings_of(const Call& call, const ServeOptions& options);

}  // namespace picus::cli
