#include "cli/manual.h"

#include "cli/exit_code.h"
#include "core/concat.h"
#include "core/version.h"

namespace picus::cli {
namespace {

/// Text that roff prints as it is: a minus that can be copied, and no requests.
std::string plain(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_start = c == '\n';
  }
  return out;
}

/// The argument of a macro: quotes inside would end it.
std::string macro_argument(std::string_view text) {
  std::string out = "\"";
  for (const char c : plain(text)) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return out + "\"";
}

void append_page_paragraphs(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end != 0) out += ".PP\n" + plain(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void append_page_setting(std::string& out, const Setting& setting) {
  out += ".TP\n\\fB" + plain(setting.flag()) + "\\fR";
  if (!setting.is_switch()) out += " \\fI" + plain(setting.value.placeholder) + "\\fR";
  out += "\n" + plain(setting.help) + "\n";
  std::string variables = setting.variable();
  for (const std::string_view variable : setting.other_variables) {
    variables.append(variables.empty() ? "" : ", ").append(variable);
  }
  if (!variables.empty()) out += ".br\nVariable: " + plain(variables) + ".\n";
  if (!setting.preset().empty()) out += ".br\nDefault: " + plain(setting.preset()) + "\n";
}

void append_page_command(std::string& out, const Command& command) {
  out += ".SS " + macro_argument("picus " + std::string(command.name)) + "\n";
  out += plain(command.summary) + ".\n.PP\n\\fBpicus " + std::string(command.name) + "\\fR";
  if (!command.settings.empty()) out += " [\\fIoptions\\fR]";
  if (!command.operands.placeholder.empty()) {
    out += " \\fI" + plain(command.operands.placeholder) + "\\fR";
  }
  out += '\n';
  append_page_paragraphs(out, command.details);
  for (const Setting& setting : command.settings) append_page_setting(out, setting);
}

}  // namespace

std::string manual_page(std::span<const Command> commands) {
  std::string out = ".TH PICUS 1 \"\" " + macro_argument("Picus " + std::string(kVersion)) +
                    " \"User Commands\"\n"
                    ".SH NAME\n"
                    "picus \\- stores JSON items and serves them over HTTP\n"
                    ".SH SYNOPSIS\n"
                    ".B picus\n"
                    ".I COMMAND\n"
                    "[options]\n"
                    ".PP\n"
                    ".B picus \\-\\-version\n"
                    ".SH COMMANDS\n";
  for (const Command& command : commands) append_page_command(out, command);
  out += ".SH EXIT STATUS\n";
  for (const ExitMeaning& meaning : kExitMeanings) {
    out += concat(".TP\n.B ", static_cast<int>(meaning.code), "\n", plain(meaning.text), "\n");
  }
  out += ".SH FILES\n";
  out += ".TP\n.I /etc/picus/picus.conf\n";
  out += "The configuration file that the systemd unit of the Debian package uses.\n";
  return out;
}

}  // namespace picus::cli
