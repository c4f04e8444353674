#include "cli/commands.h"

#include "cli/backup.h"
#include "cli/check_store.h"
#include "cli/completion.h"
#include "cli/export_items.h"
#include "cli/healthcheck.h"
#include "cli/help.h"
#include "cli/import_items.h"
#include "cli/serve.h"
#include "cli/table_command.h"
#include "cli/token_command.h"

namespace picus::cli {

std::vector<Command> all_commands() {
  std::vector<Command> commands{serve_command(),     export_command(), import_command(),
                                check_command(),     backup_command(), restore_command(),
                                table_command(),     token_command(),  healthcheck_command(),
                                completion_command()};
  commands.push_back(help_command(commands));
  return commands;
}

}  // namespace picus::cli
