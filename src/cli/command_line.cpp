#include "cli/command_line.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "cli/help.h"
#include "config/arguments.h"
#include "config/stores.h"
#include "config/suggest.h"
#include "core/escaped.h"
#include "core/version.h"

namespace picus::cli {
namespace {

template <typename T>
using Read = std::expected<T, std::string>;

Read<void> take_operands(const Command& command, std::vector<std::string> given) {
  const Operands& operands = command.operands;
  const std::string name(command.name);
  std::error_code ignored;
  if (given.size() < operands.least) {
    return std::unexpected(name + " needs " + std::string(operands.placeholder));
  }
  if (given.size() > operands.most) {
    const std::string& extra = given[operands.most];
    const bool is_directory = std::filesystem::is_directory(extra, ignored);
    const bool has_data = is_directory && command.find("data") != nullptr;
    return std::unexpected(name + ": unexpected argument \"" + shown_input(extra) + "\"" +
                           (has_data ? "; did you mean --data " + extra + "?" : ""));
  }
  if (operands.to != nullptr) *operands.to = std::move(given);
  return {};
}

/// What a configuration file may set: it is the same for all commands.
std::vector<std::string_view> config_keys(std::span<const Command> commands) {
  std::vector<std::string_view> keys;
  for (const Command& command : commands) {
    for (const Setting& setting : command.settings) {
      if (setting.scope == Scope::everywhere) keys.push_back(setting.name);
    }
  }
  return keys;
}

/// Which configuration file to read, if any: the flag's, else the variable's.
Read<ConfigSource> read_config_source(std::span<const Command> commands, const Command& command,
                                      const Flags& flags, const Environment& environment) {
  const Setting* setting = command.find("config");
  if (setting == nullptr) return ConfigSource{};
  const auto flag = flags.find("config");
  const auto variable = environment.find(setting->variable());
  const std::string name = flag != flags.end()             ? flag->second
                           : variable != environment.end() ? variable->second
                                                           : std::string();
  if (name.empty() && flag != flags.end()) return std::unexpected("--config needs a value: FILE");
  if (name.empty()) return ConfigSource{};
  auto lines = read_config(name);
  if (!lines) return std::unexpected(lines.error());
  return ConfigSource{name, std::move(*lines), config_keys(commands)};
}

/// A store or a server: two of them would contradict each other.
Read<void> check_one_place(const Flags& flags) {
  std::vector<std::string_view> places;
  for (const StoreKind& kind : store_kinds()) places.push_back(kind.option);
  places.emplace_back("url");
  std::string given;
  for (const std::string_view place : places) {
    if (!flags.contains(place)) continue;
    if (!given.empty()) {
      return std::unexpected(given.append(" or --").append(place).append(", not both"));
    }
    given.append("--").append(place);
  }
  return {};
}

Read<Invocation> invoke(std::span<const Command> commands, const Command& command,
                        std::span<const std::string> arguments, const Environment& environment) {
  auto parsed = split_arguments(arguments, command.settings, command.name);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->help) return Invocation{.text = help_of(command), .values = {}};
  if (const auto one = check_one_place(parsed->flags); !one) return std::unexpected(one.error());
  auto taken = take_operands(command, std::move(parsed->operands));
  if (!taken) return std::unexpected(taken.error());
  const auto config = read_config_source(commands, command, parsed->flags, environment);
  if (!config) return std::unexpected(config.error());
  auto values = settle(command.settings, parsed->flags, environment, *config);
  if (!values) return std::unexpected(values.error());
  const Call call{.commands = commands, .environment = environment, .values = *values};
  if (command.check) {
    if (const auto checked = command.check(call); !checked) {
      return std::unexpected(checked.error());
    }
  }
  auto text = command.text ? command.text(call) : Read<std::string>();
  if (!text) return std::unexpected(text.error());
  return Invocation{.text = std::move(*text), .command = &command, .values = std::move(*values)};
}

std::string usage_error(const std::string& message, const std::string& help) {
  return "picus: " + message + "\nTry `" + help + "`.\n";
}

std::string no_command(std::span<const Command> commands, const std::string& name) {
  std::vector<std::string_view> names{"--help", "--version"};
  for (const Command& command : commands) names.push_back(command.name);
  if (std::error_code ignored; std::filesystem::is_regular_file(name, ignored)) {
    return usage_error(
        "\"" + name + "\" is a file, not a command: picus import " + name + " reads items from it",
        "picus help");
  }
  const std::string kind = name.starts_with('-') ? "option" : "command";
  return usage_error(
      "unknown " + kind + " \"" + shown_input(name) + "\"" + did_you_mean(name, names),
      "picus help");
}

}  // namespace

const Setting* Command::find(std::string_view setting) const {
  const auto found = std::ranges::find(settings, setting, &Setting::name);
  return found == settings.end() ? nullptr : &*found;
}

std::expected<Invocation, std::string> read_command_line(std::span<const std::string> arguments,
                                                         const Environment& environment,
                                                         std::span<const Command> commands) {
  if (arguments.empty()) return std::unexpected(overview(commands));
  const std::string& name = arguments.front();
  if (name == "--version" || name == "-V") {
    return Invocation{.text = version_line("picus"), .values = {}};
  }
  if (name == "--help" || name == "-h") {
    return Invocation{.text = overview(commands), .values = {}};
  }
  const auto command = std::ranges::find(commands, name, &Command::name);
  if (command == commands.end()) return std::unexpected(no_command(commands, name));
  auto invocation = invoke(commands, *command, arguments.subspan(1), environment);
  if (!invocation) {
    const bool in_help = name == "help";  // about itself it would say nothing new
    return std::unexpected(
        usage_error(invocation.error(), in_help ? "picus help" : "picus help " + name));
  }
  return std::move(*invocation);
}

}  // namespace picus::cli
