#pragma once

#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_file.h"
#include "config/setting.h"

/// The sources of values, in the order of precedence: flag, environment, configuration file,
/// default.
namespace picus {

/// The values of flags, by the name of the setting.
using Flags = std::map<std::string, std::string, std::less<>>;

/// The environment of the process.
Environment environment_of(const char* const* environ);

/// The effective value of a setting.
struct Effective {
  std::string_view name;
  std::string value;
  std::string origin;  ///< `default`, `picus.conf:3`, `PICUS_DATA`, `--data`
  Scope scope;
};

struct ConfigSource {
  std::string name;  ///< of the file, for messages
  std::vector<ConfigLine> lines;
  std::vector<std::string_view> others = {};  ///< keys that only other commands read
};

/// Assigns every setting from all layers, lowest precedence first, so that every given value is
/// checked. An empty variable counts as absent. The error has the place of the invalid value or
/// key, and what is allowed.
std::expected<std::vector<Effective>, std::string> settle(std::span<const Setting> settings,
                                                          const Flags& flags,
                                                          const Environment& environment,
                                                          const ConfigSource& file);

/// One warning for each unknown `PICUS_…` variable. Ignored: `PICUS_TEST_…`, and the variables that
/// Kubernetes sets for a service named picus (`PICUS_PORT…`, `PICUS_SERVICE_…`).
std::vector<std::string> unknown_variables(const Environment& environment,
                                           std::span<const std::string> known);

/// The effective values as a configuration file.
std::string as_config_file(std::span<const Effective> values);

}  // namespace picus
