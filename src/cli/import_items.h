#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/common_settings.h"
#include "core/store.h"

namespace picus::cli {

struct ImportOptions {
  std::vector<std::string> files;  ///< `-`: standard input
  Place place;
  OnConflict on_conflict = OnConflict::fail;
  std::string id_from;            ///< the member that has the ids; empty: `id`
  std::filesystem::path rejects;  ///< empty: items that fail are not written to a file
  bool create = false;            ///< create a store if there is none
};

/// `picus import`.
Command import_command(
    const std::shared_ptr<ImportOptions>& options = std::make_shared<ImportOptions>());

}  // namespace picus::cli
