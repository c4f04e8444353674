#include "aws/credentials/profile_file.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "core/concat.h"
#include "json/text.h"

namespace picus::aws {
namespace {

/// What Python's str.strip() takes off, in UTF-8.
constexpr auto kSpaces = std::to_array<std::string_view>({
    " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\x1c",   "\x1d",
    "\x1e",   "\x1f",   "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",
    "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
});

/// Takes the white space at the beginning off; how many characters that were.
std::size_t take_indentation(std::string_view& text) {
  std::size_t count = 0;
  while (true) {
    const auto* const space =
        std::ranges::find_if(kSpaces, [&](std::string_view one) { return text.starts_with(one); });
    if (space == kSpaces.end()) return count;
    text.remove_prefix(space->size());
    ++count;
  }
}

std::string_view without_end(std::string_view text) {
  while (true) {
    const auto* const space =
        std::ranges::find_if(kSpaces, [&](std::string_view one) { return text.ends_with(one); });
    if (space == kSpaces.end()) return text;
    text.remove_suffix(space->size());
  }
}

std::string_view stripped(std::string_view text) {
  take_indentation(text);
  return without_end(text);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

/// The words of a title as a shell would split it; nothing where a quote does not end.
std::optional<std::vector<std::string>> words_of(std::string_view title) {
  std::vector<std::string> words;
  bool inside = false;
  char quote = 0;
  for (std::size_t i = 0; i < title.size(); ++i) {
    char c = title[i];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      inside = false;
      continue;
    }
    if (!std::exchange(inside, true)) words.emplace_back();
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      continue;
    }
    if (c == quote) {
      quote = 0;
      continue;
    }
    const bool escapes = c == '\\' && quote != '\'';
    if (escapes && i + 1 == title.size()) return std::nullopt;
    if (escapes && (quote == 0 || title[i + 1] == '"' || title[i + 1] == '\\')) c = title[++i];
    words.back() += c;
  }
  return quote == 0 ? std::optional(std::move(words)) : std::nullopt;
}

/// Whether a section's title names the profile. The config file says `profile NAME`, and may say
/// `default`.
bool is_of(std::string_view title, ProfileFile file, std::string_view name) {
  if (file == ProfileFile::credentials || title == "default") return title == name;
  if (!title.starts_with("profile")) return false;
  const auto words = words_of(title);
  return words && words->size() == 2 && words->back() == name;
}

/// Python's configparser.RawConfigParser, of which one section is wanted.
class Parser {
 public:
  Parser(ProfileFile file, std::string_view name) : file_(file), name_(name) {}

  /// False: the line is a fault, of which fault() says what it is.
  bool take(std::string_view line) {
    const std::size_t indentation = take_indentation(line);
    line = without_end(line);
    if (line.starts_with('#') || line.starts_with(';')) return true;
    if (line.empty() || (value_ != nullptr && indentation > indentation_)) {
      if (value_ != nullptr) value_->append("\n").append(line);
      return true;
    }
    indentation_ = indentation;
    const std::size_t close = line.rfind(']');
    if (line.front() == '[' && close != std::string_view::npos && close > 1) {
      return begin_section(line.substr(1, close - 1));
    }
    return begin_setting(line);
  }

  [[nodiscard]] const std::string& fault() const { return fault_; }

  /// The profile that was wanted, after the last line.
  std::optional<Profile> result() {
    if (!profile_) return std::nullopt;
    for (const auto& [name, value] : defaults_) profile_->emplace(name, value);
    for (auto& [name, value] : *profile_) value = without_end(value);
    return std::move(profile_);
  }

 private:
  bool begin_section(std::string_view title) {
    value_ = nullptr;
    names_.clear();
    if (title == "DEFAULT") {  // for all sections
      section_ = &defaults_;
      return true;
    }
    if (!titles_.emplace(title).second) return refuse("the section occurs twice");
    section_ = &other_;
    other_.clear();
    // Of two titles that name one profile the last one counts.
    if (is_of(title, file_, name_)) section_ = &profile_.emplace();
    return true;
  }

  bool begin_setting(std::string_view line) {
    if (section_ == nullptr) return refuse("the line is before the first section");
    const std::size_t at = line.find_first_of("=:");
    if (at == std::string_view::npos) return refuse("the line has neither = nor :");
    std::string name = lower(without_end(line.substr(0, at)));
    if (name.empty()) return refuse("the line has no name of a setting");
    if (!names_.insert(name).second) return refuse("the setting occurs twice");
    value_ = &(*section_)[std::move(name)];
    *value_ = stripped(line.substr(at + 1));
    return true;
  }

  bool refuse(std::string_view why) {
    fault_ = why;
    return false;
  }

  ProfileFile file_;
  std::string_view name_;
  std::optional<Profile> profile_;
  Profile defaults_;
  Profile other_;
  Profile* section_ = nullptr;
  std::string* value_ = nullptr;  ///< that an indented line continues
  std::size_t indentation_ = 0;
  std::set<std::string, std::less<>> titles_;
  std::set<std::string, std::less<>> names_;  ///< in this section
  std::string fault_;
};

/// Takes a line off. It ends with LF, CR or both.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n")) text.remove_prefix(1);
  if (!text.empty()) text.remove_prefix(1);
  return line;
}

}  // namespace

std::expected<std::optional<Profile>, std::string> read_profile(std::string_view text,
                                                                ProfileFile file,
                                                                std::string_view name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (!picus::json::is_utf8(text)) return std::unexpected("it is not UTF-8");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Parser parser(file, name);
  for (std::size_t number = 1; !text.empty(); ++number) {
    if (!parser.take(take_line(text))) {
      return std::unexpected(concat("line ", number, ": ", parser.fault()));
    }
  }
  return parser.result();
}

}  // namespace picus::aws
