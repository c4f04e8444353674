#include "config/lambda_options.h"

#include "api/openapi_json.h"
#include "aws/credentials/environment.h"
#include "config/serve_options.h"
#include "core/version.h"

namespace picus {
namespace {

/// Segments of characters that nobody encodes, so that they look the same in every event.
bool is_base_path(std::string_view text) {
  constexpr std::string_view kAllowed =
      "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  return text.starts_with('/') && !text.ends_with('/') && !text.contains("//") &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

Value base_path(std::string& to) {
  auto assign = [&to](std::string_view text) -> std::expected<void, std::string> {
    if (!is_base_path(text)) {
      return std::unexpected(
          "a path such as /store: letters, digits and -._~, no slash at the end");
    }
    to = text;
    return {};
  };
  return {.assign = assign, .placeholder = "PATH", .preset = to, .choices = {}};
}

}  // namespace

std::vector<Setting> settings_of(LambdaOptions& to) {
  std::vector<Setting> settings;
  add_table(settings, to.table, Scope::environment);
  add_deadline(settings, to.api);
  add_operations(settings, to.api);
  add_cors_origins(settings, to.api);
  add_log_lines(settings, to.log_level, to.access_log);
  add_tracing(settings, to.traces, Scope::environment);
  add_metrics(settings, to.metrics, Scope::environment);
  settings.push_back(
      {.name = "auth-event-iam",
       .value = choice(to.trusts_iam, {{"off", false}, {"trust", true}}),
       .help = "trust: with authentication, a request that API Gateway or a function URL has "
               "authorized with IAM needs no token: IAM decides by method and path.",
       .scope = Scope::environment});
  settings.push_back({.name = "base-path",
                      .value = base_path(to.base_path),
                      .help = "Base path of the custom domain that clients use, as in /store.",
                      .scope = Scope::environment});
  return settings;
}

std::expected<std::vector<std::string>, std::string> read_variables(const Environment& environment,
                                                                    LambdaOptions& to) {
  const std::vector<Setting> settings = settings_of(to);
  take_variable(environment, to.access);
  to.api.version = kVersion;
  to.api.openapi_json = openapi_json();
  const auto settled = settle(settings, {}, environment, {});
  if (!settled) return std::unexpected(settled.error());
  if (const auto checked = check(to.table); !checked) return std::unexpected(checked.error());
  auto otlp = otlp_options(to.traces, environment, to.table.region);
  if (!otlp) return std::unexpected(std::move(otlp.error()));
  to.otlp = std::move(*otlp);
  to.otlp.ca_bundle = to.table.ca_bundle;
  to.otlp.span_name = aws::variable(environment, "AWS_LAMBDA_FUNCTION_NAME");
  if (to.access.is_on()) {
    if (const auto access = read_access(to.access); !access) return std::unexpected(access.error());
  }
  std::vector<std::string> names{std::string(kAuthVariable)};
  names.reserve(settings.size() + 1);
  for (const Setting& setting : settings) names.push_back(setting.variable());
  auto warnings = unknown_variables(environment, names);
  if (auto warning = proxy_warning(to.table); !warning.empty()) {
    warnings.push_back(std::move(warning));
  }
  return warnings;
}

}  // namespace picus
