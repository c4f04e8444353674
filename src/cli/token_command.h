#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/access_options.h"

namespace picus::cli {

struct TokenCommandOptions {
  std::vector<std::string> words;  ///< the action, and for `add` and `remove` a name
  AccessOptions access;            ///< only from a file
  std::string scopes;
  std::optional<std::chrono::seconds> expires;  ///< from now
  std::filesystem::path token_file;             ///< empty: standard input
  std::string audience = "picus";
  std::optional<std::chrono::seconds> ttl;
  std::string region;
  std::filesystem::path ca_bundle;  ///< empty: the system's
  Environment environment;          ///< for AWS credentials
};

/// `picus token`. add and remove change the file of --auth-file as a whole, or not at all.
Command token_command(
    const std::shared_ptr<TokenCommandOptions>& options = std::make_shared<TokenCommandOptions>());

}  // namespace picus::cli
