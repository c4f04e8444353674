#pragma once

#include "config/layers.h"
#include "core/log.h"

namespace picus::cli {

/// Reports to the service manager that started this process that it serves: `READY=1` to the socket
/// with the path of NOTIFY_SOCKET, as in sd_notify(3), but not to an abstract socket. Does nothing
/// without this variable. Logs a warning if the report cannot be sent.
void report_readiness(const Environment& environment, Log& log);

}  // namespace picus::cli
