#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/layers.h"

namespace picus::cli {

/// What the arguments of the program call for.
struct Invocation {
  std::string text;                  ///< not empty: to be printed, and nothing else done
  const Command* command = nullptr;  ///< otherwise: to be run
  std::vector<Effective> values;     ///< of its settings
};

/// Reads `arguments` (without the name of the program), the environment and the configuration file,
/// and assigns to the settings of the command. The result refers to `commands`. The error is the
/// text for standard error.
std::expected<Invocation, std::string> read_command_line(std::span<const std::string> arguments,
                                                         const Environment& environment,
                                                         std::span<const Command> commands);

}  // namespace picus::cli
