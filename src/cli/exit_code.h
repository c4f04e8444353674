#pragma once

#include <array>
#include <string_view>

#include "store/lmdb/store_fault.h"

namespace picus::cli {

/// The exit codes of the process.
enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unreachable = 3,
  damaged = StoreFaults::kExitCode,  ///< a damaged store made it impossible to continue
  interrupted = 130,
};

/// The description of an exit code in help and manual.
struct ExitMeaning {
  ExitCode code;
  std::string_view text;
};

inline constexpr std::array kExitMeanings{
    ExitMeaning{ExitCode::ok, "done"},
    ExitMeaning{ExitCode::failed, "the command failed, for some items or as a whole"},
    ExitMeaning{ExitCode::usage,
                "the command line, the environment or the configuration file is wrong"},
    ExitMeaning{ExitCode::unreachable,
                "the store cannot be opened, or the server cannot be reached"},
    ExitMeaning{ExitCode::damaged, "the store is damaged: the command stopped"},
    ExitMeaning{ExitCode::interrupted, "interrupted"},
};

}  // namespace picus::cli
