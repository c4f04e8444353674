#include <unistd.h>

#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "core/standard_descriptors.h"

namespace picus::cli {
namespace {

ExitCode main_of(std::span<char*> arguments) {
  const std::vector<std::string> words(arguments.begin() + (arguments.empty() ? 0 : 1),
                                       arguments.end());
  const std::vector<Command> commands = all_commands();
  const Environment environment = environment_of(environ);
  const auto invocation = read_command_line(words, environment, commands);
  if (!invocation) {
    write_error(invocation.error());
    return ExitCode::usage;
  }
  if (!invocation->text.empty()) return print(invocation->text);
  Signals signals;
  return invocation->command->run(
      {.commands = commands, .environment = environment, .values = invocation->values}, signals);
}

}  // namespace
}  // namespace picus::cli

int main(int argc, char** argv) {
  picus::open_standard_descriptors();
  using picus::cli::ExitCode;
  try {
    return static_cast<int>(picus::cli::main_of({argv, static_cast<std::size_t>(argc)}));
  } catch (const std::exception& bug) {
    picus::cli::write_error("picus: internal error: " + std::string(bug.what()) + "\n");
    return static_cast<int>(ExitCode::failed);
  }
}
