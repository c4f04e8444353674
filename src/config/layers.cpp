#include "config/layers.h"

#include <algorithm>
#include <array>

#include "config/suggest.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "core/escaped.h"

namespace picus {
namespace {

struct Layer {
  std::string value;
  std::string origin;
  std::string subject;  // how a message names what was set
};

std::string not_allowed(const Layer& layer, const std::string& allowed) {
  return concat(layer.subject, ": \"", shown_input(layer.value), "\" is not allowed: give ",
                allowed);
}

std::expected<void, std::string> check_keys(std::span<const Setting> settings,
                                            const ConfigSource& file) {
  std::vector<std::string_view> known = file.others;
  for (const Setting& setting : settings) {
    if (setting.scope == Scope::everywhere) known.push_back(setting.name);
  }
  for (const ConfigLine& line : file.lines) {
    if (std::ranges::find(known, line.key) != known.end()) continue;
    return std::unexpected(concat(file.name, ":", line.line, ": unknown setting \"", line.key, "\"",
                                  did_you_mean(line.key, known)));
  }
  return {};
}

/// The variables that a setting is read from, the weakest first.
std::vector<std::string> variables_of(const Setting& setting) {
  std::vector<std::string> variables(setting.other_variables.rbegin(),
                                     setting.other_variables.rend());
  if (std::string own = setting.variable(); !own.empty()) variables.push_back(std::move(own));
  return variables;
}

/// What a setting was given, the weakest first.
std::vector<Layer> layers_of(const Setting& setting, const Flags& flags,
                             const Environment& environment, const ConfigSource& file) {
  std::vector<Layer> layers;
  if (const std::string_view preset = setting.preset(); !preset.empty()) {
    layers.push_back({std::string(preset), "default", setting.flag()});
  }
  const auto line = std::ranges::find(file.lines, setting.name, &ConfigLine::key);
  if (line != file.lines.end()) {
    const std::string place = concat(file.name, ":", line->line);
    layers.push_back({line->value, place, place + ": " + line->key});
  }
  for (const std::string& variable : variables_of(setting)) {
    const auto set = environment.find(variable);
    if (set == environment.end() || set->second.empty()) continue;
    layers.push_back({set->second, variable, variable});
  }
  if (const auto flag = flags.find(setting.name); flag != flags.end()) {
    layers.push_back({flag->second, setting.flag(), setting.flag()});
  }
  return layers;
}

}  // namespace

Environment environment_of(const char* const* environ) {
  Environment environment;
  for (; *environ != nullptr; ++environ) {
    const std::string_view entry = *environ;
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  const auto ignored = environment.find("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  if (ignored != environment.end() && equals_ignoring_case(ignored->second, "true")) {
    std::erase_if(environment, [](const auto& variable) {
      return variable.first.starts_with("AWS_ENDPOINT_URL");
    });
  }
  return environment;
}

std::expected<std::vector<Effective>, std::string> settle(std::span<const Setting> settings,
                                                          const Flags& flags,
                                                          const Environment& environment,
                                                          const ConfigSource& file) {
  if (const auto checked = check_keys(settings, file); !checked) {
    return std::unexpected(checked.error());
  }
  std::vector<Effective> values;
  for (const Setting& setting : settings) {
    if (setting.look) setting.look(environment);
    Effective effective{setting.name, {}, {}, setting.scope};
    for (Layer& layer : layers_of(setting, flags, environment, file)) {
      const auto assigned = setting.value.assign(layer.value);
      if (!assigned) return std::unexpected(not_allowed(layer, assigned.error()));
      effective.value = std::move(layer.value);
      effective.origin = std::move(layer.origin);
    }
    if (!effective.origin.empty()) values.push_back(std::move(effective));
  }
  return values;
}

std::vector<std::string> unknown_variables(const Environment& environment,
                                           std::span<const std::string> known) {
  constexpr std::array<std::string_view, 3> kOthers = {"PICUS_TEST_", "PICUS_PORT",
                                                       "PICUS_SERVICE_"};
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  std::vector<std::string> warnings;
  for (const auto& [name, value] : environment) {
    const bool other = std::ranges::any_of(
        kOthers, [&](std::string_view prefix) { return name.starts_with(prefix); });
    if (!name.starts_with("PICUS_") || other) continue;
    if (std::ranges::find(known, name) != known.end()) continue;
    warnings.push_back("unknown variable " + name + did_you_mean(name, candidates));
  }
  return warnings;
}

std::string as_config_file(std::span<const Effective> values) {
  std::string text;
  for (const Effective& effective : values) {
    if (effective.scope != Scope::everywhere) continue;
    std::string line = std::string(effective.name) + " = " + config_value(effective.value);
    constexpr std::size_t kCommentColumn = 40;
    line.resize(std::max(line.size() + 1, kCommentColumn), ' ');
    text += line + "# " + effective.origin + "\n";
  }
  return text;
}

}  // namespace picus
