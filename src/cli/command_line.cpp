#include "cli/command_line.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "api/version.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/token_command.h"
#include "config/access_options.h"
#include "config/arguments.h"
#include "config/client_token.h"
#include "config/suggest.h"

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
    return std::unexpected(name + ": unexpected argument \"" + extra + "\"" +
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
  if (name.empty()) return ConfigSource{};
  auto lines = read_config(name);
  if (!lines) return std::unexpected(lines.error());
  return ConfigSource{name, std::move(*lines), config_keys(commands)};
}

Read<std::string> help_on(std::span<const Command> commands,
                          const std::vector<std::string>& topics) {
  if (topics.empty()) return overview(commands);
  std::vector<std::string_view> names;
  for (const Command& command : commands) {
    if (command.name == topics.front()) return help_of(command);
    names.push_back(command.name);
  }
  return std::unexpected("unknown command \"" + topics.front() + "\"" +
                         did_you_mean(topics.front(), names));
}

/// A table that nobody looks at, as a server is asked, is not judged.
Read<void> check_place(const StoreOptions& store, const std::string& url,
                       const ClientToken& token) {
  return url.empty() ? check(store) : check(token, url);
}

Read<void> check_table_command(const TableCommandOptions& options) {
  const std::string& action = options.actions.front();
  if (action == "create" || action == "describe") return check(options.table);
  return std::unexpected("table: \"" + action + "\" is not allowed: give create or describe");
}

Read<std::string> nothing_if(const Read<void>& checked) {
  if (!checked) return std::unexpected(checked.error());
  return std::string();
}

/// What is answered at once, without anything being opened.
Read<std::string> answer_of(std::span<const Command> commands, const Command& command,
                            std::span<const Effective> values, const Options& options) {
  switch (command.verb) {
    case Verb::help:
      return options.manual ? manual_page(commands) : help_on(commands, options.topics);
    case Verb::completion:
      return completion_script(options.shells.front(), commands);
    case Verb::serve:
      if (const auto checked = check(options.serve); !checked) {
        return std::unexpected(checked.error());
      }
      return options.check_config ? as_config_file(values) + as_comments(options.serve.access)
                                  : std::string();
    case Verb::export_items:
      if (options.export_items.skip_damaged && !options.export_items.url.empty()) {
        return std::unexpected(
            "--skip-damaged reads the data directory: it cannot be used with --url");
      }
      return nothing_if(check_place(options.export_items.store, options.export_items.url,
                                    options.export_items.token));
    case Verb::import_items:
      return nothing_if(check_place(options.import_items.store, options.import_items.url,
                                    options.import_items.token));
    case Verb::table:
      return nothing_if(check_table_command(options.table));
    case Verb::token:
      return nothing_if(check(options.token));
    case Verb::check:
    case Verb::backup:
    case Verb::restore:
    case Verb::healthcheck:
      return std::string();
  }
  std::unreachable();
}

std::vector<std::string> variables_of(std::span<const Command> commands) {
  std::vector<std::string> variables{std::string(kAuthVariable), std::string(kTokenVariable)};
  for (const Command& command : commands) {
    for (const Setting& setting : command.settings) variables.push_back(setting.variable());
  }
  std::erase(variables, std::string());
  return variables;
}

/// A directory, a table or a server: two of them would contradict each other.
Read<void> check_one_place(const Flags& flags) {
  std::string given;
  for (const std::string_view place : {"data", "table", "url"}) {
    if (!flags.contains(place)) continue;
    if (!given.empty()) {
      return std::unexpected(given.append(" or --").append(place).append(", not both"));
    }
    given.append("--").append(place);
  }
  return {};
}

/// A place on the command line counts, whatever variables and the file say of another kind.
void prefer_named_place(const Command& command, Flags& flags) {
  if (command.find("store") == nullptr || flags.contains("store")) return;
  if (flags.contains("data")) flags.emplace("store", "lmdb");
  if (flags.contains("table")) flags.emplace("store", "dynamodb");
}

Read<Invocation> invoke(std::span<const Command> commands, const Command& command,
                        std::span<const std::string> arguments, const Environment& environment,
                        const Options& options) {
  auto parsed = split_arguments(arguments, command.settings, command.name);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->help) return Invocation{Verb::help, help_of(command), {}};
  if (const auto one = check_one_place(parsed->flags); !one) return std::unexpected(one.error());
  if (command.verb != Verb::serve) prefer_named_place(command, parsed->flags);
  auto taken = take_operands(command, std::move(parsed->operands));
  if (!taken) return std::unexpected(taken.error());
  const auto config = read_config_source(commands, command, parsed->flags, environment);
  if (!config) return std::unexpected(config.error());
  const auto values = settle(command.settings, parsed->flags, environment, *config);
  if (!values) return std::unexpected(values.error());
  auto answer = answer_of(commands, command, *values, options);
  if (!answer) return std::unexpected(answer.error());
  std::vector<std::string> warnings;
  if (command.verb == Verb::serve) {
    warnings = unknown_variables(environment, variables_of(commands));
    const StoreOptions& store = options.serve.store;
    auto warning = store.is_dynamodb() ? proxy_warning(store.table, environment) : std::string();
    if (!warning.empty()) warnings.push_back(std::move(warning));
  }
  return Invocation{command.verb, std::move(*answer), std::move(warnings)};
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
  return usage_error("unknown " + kind + " \"" + name + "\"" + did_you_mean(name, names),
                     "picus help");
}

}  // namespace

std::expected<Invocation, std::string> read_command_line(std::span<const std::string> arguments,
                                                         const Environment& environment,
                                                         Options& to) {
  const std::vector<Command> commands = commands_of(to);
  const auto no_colour = environment.find("NO_COLOR");
  for (TableOptions* table : {&to.serve.store.table, &to.export_items.store.table,
                              &to.import_items.store.table, &to.table.table}) {
    table->environment = environment;
  }
  take_variable(environment, to.serve.access);
  take_variable(environment, to.export_items.token);
  take_variable(environment, to.import_items.token);
  take_variable(environment, to.token);
  to.serve.log_colour = no_colour == environment.end() || no_colour->second.empty();
  if (arguments.empty()) return std::unexpected(overview(commands));
  const std::string& name = arguments.front();
  if (name == "--version" || name == "-V") {
    return Invocation{Verb::help, version_line("picus"), {}};
  }
  if (name == "--help" || name == "-h") return Invocation{Verb::help, overview(commands), {}};
  const auto command = std::ranges::find(commands, name, &Command::name);
  if (command == commands.end()) return std::unexpected(no_command(commands, name));
  auto invocation = invoke(commands, *command, arguments.subspan(1), environment, to);
  if (!invocation) {
    const bool in_help = command->verb == Verb::help;  // about itself it would say nothing new
    return std::unexpected(
        usage_error(invocation.error(), in_help ? "picus help" : "picus help " + name));
  }
  return std::move(*invocation);
}

}  // namespace picus::cli
