#include "config/config_file.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/concat.h"
#include "core/escaped.h"
#include "core/files.h"

namespace picus {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kEscaped = "\\\"n";
/// Some editors begin a file with it.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxFileBytes = 1024UZ * 1024;

/// The text before a comment.
std::string_view without_comment(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = at == 0 || kBlank.contains(text[at - 1]);
    if (text[at] == '#' && begins) return text.substr(0, at);
  }
  return text;
}

/// The value that begins with a quote. The error: it has no proper end, or an unknown escape.
std::expected<std::string, std::string> unquote(std::string_view text) {
  std::string value;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      const std::string_view rest = without_comment(trimmed(text.substr(at + 1)));
      if (rest.empty()) return value;
      return std::unexpected("text follows the closing quote: put the whole value in one pair");
    }
    const bool escaped = text[at] == '\\';
    if (escaped && ++at == text.size()) break;
    if (escaped && !kEscaped.contains(text[at])) {
      return std::unexpected(std::string("unknown escape \"\\") + text[at] +
                             "\" in a quoted value: give \\\\, \\\" or \\n");
    }
    value += escaped && text[at] == 'n' ? '\n' : text[at];
  }
  return std::unexpected("the quoted value has no closing quote");
}

std::expected<ConfigLine, std::string> parse_line(std::string_view line) {
  const std::size_t equals = line.find('=');
  const std::string_view key = trimmed(line.substr(0, equals));
  if (equals == std::string_view::npos || key.empty()) {
    return std::unexpected("expected \"key = value\" or a comment, not \"" +
                           shown_input(trimmed(line)) + "\"");
  }
  const std::string_view rest = trimmed(line.substr(equals + 1));
  if (!rest.starts_with('"')) {
    return ConfigLine{std::string(key), std::string(trimmed(without_comment(rest))), 0};
  }
  const auto value = unquote(rest);
  if (!value) return std::unexpected(std::string(key) + ": " + value.error());
  return ConfigLine{std::string(key), *value, 0};
}

}  // namespace

std::expected<std::vector<ConfigLine>, std::string> parse_config(std::string_view text,
                                                                 std::string_view name) {
  std::vector<ConfigLine> lines;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (trimmed(line).empty() || trimmed(line).starts_with('#')) continue;
    const std::string place = concat(name, ":", number, ": ");
    if (line.contains('\0')) {  // the system would ignore the rest of a path
      return std::unexpected(place + "the line has a NUL byte: save the file as UTF-8 text");
    }
    auto parsed = parse_line(line);
    if (!parsed) return std::unexpected(place + parsed.error());
    const auto earlier = std::ranges::find(lines, parsed->key, &ConfigLine::key);
    if (earlier != lines.end()) {
      return std::unexpected(concat(place, parsed->key, " is already set in line ", earlier->line));
    }
    parsed->line = number;
    lines.push_back(std::move(*parsed));
  }
  return lines;
}

std::expected<std::vector<ConfigLine>, std::string> read_config(const std::filesystem::path& file) {
  const auto text = read_file_or_pipe(file, kMaxFileBytes);
  if (!text) return std::unexpected(text.error());
  return parse_config(*text, file.string());
}

std::string config_value(std::string_view value) {
  const bool plain = !value.empty() && value == trimmed(value) && !value.starts_with('"') &&
                     !value.contains('\n') && without_comment(value) == value;
  if (plain) return std::string(value);
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '\n') text += '\\';
    text += c == '\n' ? 'n' : c;
  }
  return text + '"';
}

}  // namespace picus
