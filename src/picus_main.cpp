#include <unistd.h>

#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/backup.h"
#include "cli/check_store.h"
#include "cli/command_line.h"
#include "cli/export_items.h"
#include "cli/healthcheck.h"
#include "cli/import_items.h"
#include "cli/output.h"
#include "cli/serve.h"
#include "cli/table_command.h"
#include "cli/token_command.h"
#include "core/standard_descriptors.h"

namespace picus::cli {
namespace {

ExitCode run(const Invocation& invocation, const Options& options, Signals& signals) {
  switch (invocation.verb) {
    case Verb::serve:
      return serve(options.serve, invocation.warnings, signals);
    case Verb::export_items:
      return export_items(options.export_items, signals);
    case Verb::import_items:
      return import_items(options.import_items, signals);
    case Verb::check:
      return check_store(options.check);
    case Verb::backup:
      return backup(options.backup, signals);
    case Verb::restore:
      return restore(options.restore, signals);
    case Verb::table:
      return table_command(options.table, signals);
    case Verb::token:
      return token_command(options.token, signals);
    case Verb::healthcheck:
      return healthcheck(options.healthcheck, signals);
    case Verb::completion:
    case Verb::help:
      return ExitCode::ok;  // was answered
  }
  std::unreachable();
}

ExitCode main_of(std::span<char*> arguments) {
  const std::vector<std::string> words(arguments.begin() + (arguments.empty() ? 0 : 1),
                                       arguments.end());
  Options options;
  const auto invocation = read_command_line(words, environment_of(environ), options);
  if (!invocation) {
    write_error(invocation.error());
    return ExitCode::usage;
  }
  if (!invocation->answer.empty()) return print(invocation->answer);
  Signals signals;
  return run(*invocation, options, signals);
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
