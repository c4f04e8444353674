#pragma once

#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials/provider.h"
#include "config/config_file.h"
#include "config/setting.h"

/// Where values come from, and which one counts: flag, then environment, then configuration file,
/// then default.
namespace picus {

/// The values of flags, by the setting's name.
using Flags = std::map<std::string, std::string, std::less<>>;
using aws::Environment;

/// As the process has it.
Environment environment_of(const char* const* environ);

/// What a setting was set to in the end.
struct Effective {
  std::string_view name;
  std::string value;
  std::string origin;  ///< `default`, `picus.conf:3`, `PICUS_DATA`, `--data`
  Scope scope;
};

struct ConfigSource {
  std::string name;  ///< of the file, for messages
  std::vector<ConfigLine> lines;
  std::vector<std::string_view> others = {};  ///< keys that other commands read from it
};

/// Assigns every setting, each layer over the one before, so that every value given anywhere is
/// checked. An empty variable counts as absent. The error says where the wrong value or key stands,
/// and what is allowed.
std::expected<std::vector<Effective>, std::string> settle(std::span<const Setting> settings,
                                                          const Flags& flags,
                                                          const Environment& environment,
                                                          const ConfigSource& file);

/// One warning for each `PICUS_…` variable that no setting has. Passed over: `PICUS_TEST_…`, and
/// what Kubernetes sets for a service named picus (`PICUS_PORT…`, `PICUS_SERVICE_…`).
std::vector<std::string> unknown_variables(const Environment& environment,
                                           std::span<const std::string> known);

/// The effective values as a configuration file.
std::string as_config_file(std::span<const Effective> values);

}  // namespace picus
