#include "cli/completion.h"

#include <memory>

#include "cli/shell_word.h"

namespace picus::cli {
namespace {

std::string words_of(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
  return text;
}

std::string names_of(std::span<const Command> commands) {
  std::string text;
  for (const Command& command : commands) {
    text += (text.empty() ? "" : " ") + std::string(command.name);
  }
  return text;
}

/// The first sentence of a help text, without its full stop.
std::string_view first_sentence(std::string_view help) {
  const std::size_t end = help.find(". ");
  if (end != std::string_view::npos) return help.substr(0, end);
  if (help.ends_with('.')) help.remove_suffix(1);
  return help;
}

/// With a backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.contains(c)) out += '\\';
    out += c;
  }
  return out;
}

// ---- bash

std::string bash_values(const Value& value) {
  if (!value.choices.empty()) return "_picus_words \"" + words_of(value.choices) + "\"";
  if (value.kind == Value::Kind::directory) return "_picus_paths -d";
  if (value.kind == Value::Kind::file) return "_picus_paths -f";
  return ":";
}

std::string bash_operands(const Operands& operands) {
  if (operands.are_files) return "_picus_paths -f";
  return "_picus_words \"" + words_of(operands.choices) + "\"";
}

std::string bash(std::span<const Command> commands) {
  std::string values;
  std::string words;
  for (const Command& command : commands) {
    const std::string name(command.name);
    std::string flags = "--help";
    for (const Setting& setting : command.settings) {
      flags.append(" ").append(setting.flag());
      if (setting.is_switch()) continue;
      values.append("    \"").append(name).append(" ").append(setting.flag()).append("\") ");
      values.append(bash_values(setting.value)).append("; return ;;\n");
    }
    words.append("    ").append(name).append(") if [[ $cur == -* ]]; then _picus_words \"");
    words.append(flags).append("\"; else ").append(bash_operands(command.operands));
    words.append("; fi ;;\n");
  }
  return "# bash completion for picus\n"
         "_picus_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
         "_picus_paths() {\n"
         "  compopt -o filenames\n"
         "  mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
         "}\n"
         "_picus() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]}\n"
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    _picus_words \"" +
         names_of(commands) +
         " --help --version\"\n"
         "    return\n"
         "  fi\n"
         "  case \"${COMP_WORDS[1]} ${COMP_WORDS[COMP_CWORD - 1]}\" in\n" +
         values +
         "  esac\n"
         "  case ${COMP_WORDS[1]} in\n" +
         words +
         "  esac\n"
         "}\n"
         "complete -F _picus picus\n";
}

// ---- zsh

std::string zsh_action(const Value& value) {
  if (!value.choices.empty()) return "(" + words_of(value.choices) + ")";
  if (value.kind == Value::Kind::directory) return "_files -/";
  if (value.kind == Value::Kind::file) return "_files";
  return " ";
}

std::string zsh_setting(const Setting& setting) {
  std::string spec = (setting.repeatable ? "*" : "") + setting.flag();
  if (!setting.is_switch()) spec += "=";
  spec += "[" + escaped(first_sentence(setting.help), "[]:\\") + "]";
  if (!setting.is_switch()) {
    spec += ":" + escaped(setting.value.placeholder, ":") + ":" + zsh_action(setting.value);
  }
  return " " + single_quoted(spec);
}

std::string zsh_operands(const Operands& operands) {
  if (operands.placeholder.empty()) return {};
  const std::string action = operands.are_files         ? "_files"
                             : operands.choices.empty() ? " "
                                                        : "(" + words_of(operands.choices) + ")";
  return std::string(operands.most > 1 ? " '*" : " '1") + ":" + std::string(operands.placeholder) +
         ":" + action + "'";
}

std::string zsh(std::span<const Command> commands) {
  std::string names;
  std::string cases;
  for (const Command& command : commands) {
    const std::string name(command.name);
    names += " " + single_quoted(name + ":" + escaped(command.summary, ":"));
    cases += "    " + name + ") _arguments '--help[Show the help of the command]'";
    for (const Setting& setting : command.settings) cases += zsh_setting(setting);
    cases += zsh_operands(command.operands) + " ;;\n";
  }
  return "#compdef picus\n"
         "_picus() {\n"
         "  local -a commands=(" +
         names +
         ")\n"
         "  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
         "  shift words\n"
         "  (( CURRENT-- ))\n"
         "  case $words[1] in\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _picus ]]; then _picus \"$@\"; else compdef _picus picus; fi\n";
}

// ---- fish

std::string fish_text(std::string_view text) { return "'" + escaped(text, "'\\") + "'"; }

std::string fish_setting(const Command& command, const Setting& setting) {
  std::string line = "complete -c picus -n '__fish_seen_subcommand_from " +
                     std::string(command.name) + "' -l " + std::string(setting.name);
  if (!setting.is_switch() && setting.value.kind == Value::Kind::plain) line += " -x";
  if (!setting.is_switch() && setting.value.kind == Value::Kind::file) line += " -r -F";
  if (!setting.is_switch() && setting.value.kind == Value::Kind::directory) {
    line += " -x -a '(__fish_complete_directories)'";
  }
  if (!setting.value.choices.empty() && !setting.is_switch()) {
    line += " -a " + fish_text(words_of(setting.value.choices));
  }
  return line + " -d " + fish_text(first_sentence(setting.help)) + "\n";
}

std::string fish(std::span<const Command> commands) {
  std::string out = "# fish completion for picus\ncomplete -c picus -f\n";
  out += "complete -c picus -n __fish_use_subcommand -l version -d 'Print the version'\n";
  for (const Command& command : commands) {
    out += "complete -c picus -n __fish_use_subcommand -a " + std::string(command.name) + " -d " +
           fish_text(command.summary) + "\n";
    const std::string seen =
        "complete -c picus -n '__fish_seen_subcommand_from " + std::string(command.name) + "' ";
    out += seen + "-l help -d 'Show the help of the command'\n";
    for (const Setting& setting : command.settings) out += fish_setting(command, setting);
    if (command.operands.are_files) out += seen + "-F\n";
    if (!command.operands.choices.empty()) {
      out += seen + "-a " + fish_text(words_of(command.operands.choices)) + "\n";
    }
  }
  return out;
}

}  // namespace

std::expected<std::string, std::string> completion_script(const std::string& shell,
                                                          std::span<const Command> commands) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  return std::unexpected("there is no completion script for \"" + shell +
                         "\", only for bash, zsh and fish");
}

Command completion_command() {
  auto shells = std::make_shared<std::vector<std::string>>();
  return {.name = "completion",
          .summary = "Print the completion script for a shell",
          .details =
              "bash: eval \"$(picus completion bash)\" in ~/.bashrc\n"
              "zsh:  eval \"$(picus completion zsh)\" in ~/.zshrc, after compinit\n"
              "fish: picus completion fish > ~/.config/fish/completions/picus.fish",
          .operands = {.placeholder = "bash|zsh|fish",
                       .least = 1,
                       .most = 1,
                       .to = shells.get(),
                       .choices = {"bash", "zsh", "fish"}},
          .text = [shells](const Call& call) {
            return completion_script(shells->front(), call.commands);
          }};
}

}  // namespace picus::cli
