#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/client_token.h"
#include "config/stores.h"

/// Settings that several commands have. The objects to which they assign outlive them.
namespace picus::cli {

Setting data_setting(std::filesystem::path& to);
Setting skip_damaged_setting(bool& to);
/// Assigns nothing: the file is read before the settings are assigned.
Setting config_setting();

/// Where a command finds the items: in a store, or on a server.
struct Place {
  StoreOptions store;
  std::string url;  ///< empty: the store
  ClientToken token;
};

std::vector<Setting> settings_of(Place& to);

/// Uses the kind of place that the command line names, even if variables or the file name another
/// kind. Then checks the place that is used. The error is for the user.
std::expected<void, std::string> settle_place(Place& place, const Call& call);

}  // namespace picus::cli
