#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/stores.h"

namespace picus::cli {

struct BackupOptions {
  std::filesystem::path data = StoreOptions().data;
  std::vector<std::string> targets;  ///< one: a directory, or a file
  bool skip_damaged = false;
};

struct RestoreOptions {
  std::filesystem::path data = StoreOptions().data;
  std::vector<std::string> sources;  ///< one: a snapshot, or a directory of snapshots
  bool skip_damaged = false;
};

/// `picus backup` and `picus restore`.
Command backup_command(
    const std::shared_ptr<BackupOptions>& options = std::make_shared<BackupOptions>());
Command restore_command(
    const std::shared_ptr<RestoreOptions>& options = std::make_shared<RestoreOptions>());

}  // namespace picus::cli
