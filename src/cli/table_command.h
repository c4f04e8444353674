#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/table_options.h"

namespace picus::cli {

struct TableCommandOptions {
  std::vector<std::string> actions;  ///< one: `create` or `describe`
  TableOptions table;
};

/// `picus table create|describe`.
Command table_command(
    const std::shared_ptr<TableCommandOptions>& options = std::make_shared<TableCommandOptions>());

}  // namespace picus::cli
