#pragma once

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/common_settings.h"

namespace picus::cli {

struct ExportOptions {
  Place place;
  std::filesystem::path output = "-";  ///< `-`: standard output
  bool skip_damaged = false;
};

/// `picus export`.
Command export_command(
    const std::shared_ptr<ExportOptions>& options = std::make_shared<ExportOptions>());

}  // namespace picus::cli
