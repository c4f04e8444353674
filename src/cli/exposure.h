#pragma once

#include <span>
#include <string>

#include "config/store_options.h"
#include "core/log.h"

namespace picus::cli {

/// Logs a warning if every user of this machine may write in the data directory, or if full
/// durability is requested on a file system in memory. For an open embedded store.
void warn_of_directory(Log& log, const StoreOptions& store);

/// Logs a warning for each Unix socket to which every user of this machine may connect. `urls`:
/// those of the listeners of the server.
void warn_of_sockets(Log& log, std::span<const std::string> urls);

}  // namespace picus::cli
