#pragma once

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "config/stores.h"

namespace picus::cli {

struct CheckOptions {
  std::filesystem::path data = StoreOptions().data;
};

/// `picus check`.
Command check_command(
    const std::shared_ptr<CheckOptions>& options = std::make_shared<CheckOptions>());

}  // namespace picus::cli
