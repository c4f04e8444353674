#include "cli/help.h"

#include <memory>
#include <vector>

#include "cli/exit_code.h"
#include "cli/manual.h"
#include "config/suggest.h"

namespace picus::cli {
namespace {

constexpr std::size_t kColumns = 80;

/// The words in lines of at most kColumns, each indented.
void append_wrapped(std::string& out, std::string_view words, std::size_t indent) {
  std::size_t column = 0;
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    const std::string_view word = words.substr(0, space);
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
    const bool fits = column > 0 && column + 1 + word.size() <= kColumns;
    if (!fits && column > 0) out += '\n';
    out += fits ? std::string(1, ' ') : std::string(indent, ' ');
    out += word;
    column = (fits ? column + 1 : indent) + word.size();
  }
  out += '\n';
}

void append_paragraphs(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    append_wrapped(out, text.substr(0, end), 0);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void append_setting(std::string& out, const Setting& setting) {
  out += "  " + setting.flag();
  if (!setting.is_switch()) out += " " + setting.value.placeholder;
  out += '\n';
  append_wrapped(out, setting.help, 6);
  std::string origin = setting.variable();
  for (const std::string_view variable : setting.other_variables) {
    origin.append(origin.empty() ? "" : ", ").append(variable);
  }
  if (!setting.preset().empty()) {
    origin.append(origin.empty() ? "default " : ", default ").append(setting.preset());
  }
  if (!origin.empty()) out += "      [" + origin + "]\n";
}

struct HelpOptions {
  std::vector<std::string> topics;  ///< at most one command
  bool man = false;                 ///< the manual page
};

std::expected<std::string, std::string> help_on(const std::vector<std::string>& topics,
                                                std::span<const Command> commands) {
  if (topics.empty()) return overview(commands);
  std::vector<std::string_view> names;
  for (const Command& command : commands) {
    if (command.name == topics.front()) return help_of(command);
    names.push_back(command.name);
  }
  return std::unexpected("unknown command \"" + topics.front() + "\"" +
                         did_you_mean(topics.front(), names));
}

}  // namespace

std::string overview(std::span<const Command> commands) {
  std::string out =
      "Picus stores JSON items and serves them over HTTP.\n"
      "\n"
      "Usage: picus COMMAND [options]\n"
      "\n"
      "Commands:\n";
  constexpr std::size_t kNameColumns = 13;
  for (const Command& command : commands) {
    std::string name(command.name);
    name.resize(kNameColumns, ' ');
    out += "  " + name + std::string(command.summary) + "\n";
  }
  out +=
      "\n"
      "`picus help COMMAND` prints the help of a command. `picus --version` prints the version.\n"
      "\n"
      "Exit codes:\n";
  constexpr std::size_t kCodeColumns = 5;
  for (const ExitMeaning& meaning : kExitMeanings) {
    std::string code = std::to_string(static_cast<int>(meaning.code));
    code.resize(kCodeColumns, ' ');
    out += "  " + code + std::string(meaning.text) + "\n";
  }
  return out;
}

std::string help_of(const Command& command) {
  std::string out = "Usage: picus " + std::string(command.name);
  if (!command.settings.empty()) out += " [options]";
  if (!command.operands.placeholder.empty()) out += " " + std::string(command.operands.placeholder);
  out += "\n\n" + std::string(command.summary) + ".\n";
  if (!command.details.empty()) out += '\n';
  append_paragraphs(out, command.details);
  if (command.settings.empty()) return out;
  return out + "\nOptions:\n" + help_of(std::span<const Setting>(command.settings));
}

std::string help_of(std::span<const Setting> settings) {
  std::string out;
  for (const Setting& setting : settings) append_setting(out, setting);
  return out;
}

Command help_command(std::span<const Command> others) {
  auto options = std::make_shared<HelpOptions>();
  Command command{.name = "help",
                  .summary = "Show the help of a command",
                  .operands = {.placeholder = "[COMMAND]", .most = 1, .to = &options->topics},
                  .settings = {{.name = "man",
                                .value = switched(options->man),
                                .help = "Print the manual page: picus help --man | man -l -",
                                .scope = Scope::flag}},
                  .text = [options](const Call& call) -> std::expected<std::string, std::string> {
                    if (options->man) return manual_page(call.commands);
                    return help_on(options->topics, call.commands);
                  }};
  for (const Command& other : others) command.operands.choices.push_back(other.name);
  return command;
}

}  // namespace picus::cli
