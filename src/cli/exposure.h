#pragma once

#include <span>
#include <string>

#include "config/store_options.h"
#include "core/log.h"

namespace picus::cli {

/// Logs a warning where everyone on this machine may write in the data directory, and where full
/// durability is asked of a file system in memory. For an embedded store that is open.
void warn_of_directory(Log& log, const StoreOptions& store);

/// Logs a warning for each unix socket that everyone on this machine may connect to. `urls`: what
/// the server listens on.
void warn_of_sockets(Log& log, std::span<const std::string> urls);

}  // namespace picus::cli
