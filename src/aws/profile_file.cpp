#include "aws/profile_file.h"

#include <algorithm>

#include "core/ascii.h"

namespace picus::aws {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower_case);
  return out;
}

/// The profile that a section's title names; empty if it names none. The config file says
/// `profile NAME`, but for the default one.
std::string_view profile_of(std::string_view title, ProfileFile file) {
  constexpr std::string_view kPrefix = "profile";
  const std::string_view name = trimmed(title);
  if (file == ProfileFile::credentials || name == "default") return name;
  if (!name.starts_with(kPrefix)) return {};
  const std::string_view rest = name.substr(kPrefix.size());
  if (rest.empty() || kBlank.find(rest.front()) == std::string_view::npos) return {};
  std::string_view quoted = trimmed(rest);
  if (quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"') {
    quoted = quoted.substr(1, quoted.size() - 2);
  }
  return quoted;
}

void add_setting(std::string_view line, Profile& profile) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return;
  const std::string_view name = trimmed(line.substr(0, equals));
  if (!name.empty()) profile[lower(name)] = trimmed(line.substr(equals + 1));
}

}  // namespace

bool add_profile(std::string_view text, ProfileFile file, std::string_view name, Profile& profile) {
  bool found = false;
  bool inside = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      const std::size_t close = line.find(']');
      inside =
          close != std::string_view::npos && profile_of(line.substr(1, close - 1), file) == name;
      found = found || inside;
    } else if (inside && kBlank.find(line.front()) == std::string_view::npos) {
      // An indented line belongs to a setting that has settings of its own (`s3 =`).
      add_setting(line, profile);
    }
  }
  return found;
}

}  // namespace picus::aws
