#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "config/layers.h"

namespace picus::cli {

/// The result of the command line, after all layers of settings are read into Options.
struct Invocation {
  Verb verb;
  /// To be printed, and nothing else done: help, version, configuration, completion.
  std::string answer;
  std::vector<std::string> warnings;
};

/// Reads `arguments` (without the name of the program), the environment and the configuration file
/// into `to`. The error is the text for standard error.
std::expected<Invocation, std::string> read_command_line(std::span<const std::string> arguments,
                                                         const Environment& environment,
                                                         Options& to);

}  // namespace picus::cli
