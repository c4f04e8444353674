#pragma once

#include <array>
#include <string_view>

namespace picus::cli {

/// What the process answers to its caller.
enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unreachable = 3,
  damaged = 4,  ///< a damaged store made it impossible to go on
  interrupted = 130,
};

/// An exit code as help and manual describe it.
struct ExitMeaning {
  ExitCode code;
  std::string_view text;
};

inline constexpr std::array kExitMeanings{
    ExitMeaning{ExitCode::ok, "done"},
    ExitMeaning{ExitCode::failed,
                "it ran, and something in it failed: items, a check, a server not ready"},
    ExitMeaning{ExitCode::usage,
                "the command line, the environment or the configuration file is wrong"},
    ExitMeaning{ExitCode::unreachable, "the store or the server cannot be opened or reached"},
    ExitMeaning{ExitCode::damaged, "the store is damaged: the program had to stop"},
    ExitMeaning{ExitCode::interrupted, "interrupted"},
};

}  // namespace picus::cli
