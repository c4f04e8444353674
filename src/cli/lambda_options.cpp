#include "cli/lambda_options.h"

#include "cli/openapi_json.h"
#include "cli/serve_options.h"
#include "cli/version.h"

namespace picus::cli {

std::vector<Setting> settings_of(LambdaOptions& to) {
  std::vector<Setting> settings;
  add_table(settings, to.table, Scope::environment);
  add_deadline(settings, to.api);
  add_body_limit(settings, to.api);
  add_operations(settings, to.api);
  add_log_lines(settings, to.log_level, to.access_log);
  return settings;
}

std::expected<std::vector<std::string>, std::string> read_variables(const Environment& environment,
                                                                    LambdaOptions& to) {
  const std::vector<Setting> settings = settings_of(to);
  to.table.environment = environment;
  to.api.version = kVersion;
  to.api.openapi_json = openapi_json();
  const auto settled = settle(settings, {}, environment, {});
  if (!settled) return std::unexpected(settled.error());
  if (const auto checked = check(to.table); !checked) return std::unexpected(checked.error());
  std::vector<std::string> names;
  names.reserve(settings.size());
  for (const Setting& setting : settings) names.push_back(setting.variable());
  return unknown_variables(environment, names);
}

}  // namespace picus::cli
