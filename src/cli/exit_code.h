#pragma once

namespace picus::cli {

/// What the process answers to its caller.
enum class ExitCode : int {
  ok = 0,
  failed = 1,  ///< it ran, and something in it failed: items, a check, a server that is not ready
  usage = 2,   ///< the command line, the environment or the configuration file is wrong
  unreachable = 3,  ///< the store or the server cannot be opened or reached
  interrupted = 130,
};

}  // namespace picus::cli
