#pragma once

#include <span>
#include <string>

#include "config/stores.h"
#include "core/log.h"

namespace picus::cli {

/// Whether statfs(2) returns this type for a file system of another machine: LMDB needs memory that
/// all processes of a store share, and the locks and syncs of a local disk.
bool is_on_network(long file_system_type);

/// Logs a warning if every user of this machine may write in the data directory, if it is on a file
/// system of another machine, or if full durability is requested on one in memory. For an open
/// embedded store.
void warn_of_directory(Log& log, const StoreOptions& store);

/// Logs a warning for each Unix socket to which every user of this machine may connect. `urls`:
/// those of the listeners of the server.
void warn_of_sockets(Log& log, std::span<const std::string> urls);

}  // namespace picus::cli
