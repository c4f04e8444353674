#include "config/arguments.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/suggest.h"
#include "core/concat.h"

namespace picus {
namespace {

using Split = std::expected<Arguments, std::string>;

/// How servers of others call what --listen does.
bool is_about_listening(std::string_view flag) {
  constexpr std::array<std::string_view, 5> kNames = {"--port", "--host", "--bind", "--address",
                                                      "-p"};
  return std::ranges::find(kNames, flag) != kNames.end();
}

/// How commands that read and write items name a server or a table.
bool is_about_other_stores(std::string_view flag) { return flag == "--url" || flag == "--table"; }

std::unexpected<std::string> unknown_option(std::string_view given,
                                            std::span<const Setting> settings,
                                            std::string_view program) {
  const bool listens = std::ranges::find(settings, "listen", &Setting::name) != settings.end();
  const bool has_data = std::ranges::find(settings, "data", &Setting::name) != settings.end();
  if (listens && is_about_listening(given)) {
    return std::unexpected(std::string(program) + " has no option \"" + std::string(given) +
                           "\": give --listen ADDRESS:PORT, as in --listen 127.0.0.1:8081");
  }
  if (has_data && !listens && is_about_other_stores(given)) {
    return std::unexpected(concat(program, " has no option \"", given,
                                  "\": it works on a data directory; picus export ", given,
                                  " writes the items from there to a file, picus import ", given,
                                  " stores the items of a file there"));
  }
  std::vector<std::string> flags{"--help"};
  for (const Setting& setting : settings) flags.push_back(setting.flag());
  const std::vector<std::string_view> candidates(flags.begin(), flags.end());
  return std::unexpected(std::string(program) + " has no option \"" + std::string(given) + "\"" +
                         did_you_mean(given, candidates));
}

std::unexpected<std::string> missing_value(const Setting& setting, std::string_view instead) {
  std::string message = setting.flag() + " needs a value: " + setting.value.placeholder;
  if (!instead.empty()) {
    message.append("; if the value is \"")
        .append(instead)
        .append("\", write ")
        .append(setting.flag());
    message.append("=").append(instead);
  }
  return std::unexpected(std::move(message));
}

void add(Flags& flags, const Setting& setting, std::string value) {
  const auto [at, is_first] = flags.try_emplace(std::string(setting.name), value);
  if (is_first) return;
  at->second = setting.repeatable ? at->second + "," + value : std::move(value);
}

}  // namespace

Split split_arguments(std::span<const std::string> words, std::span<const Setting> settings,
                      std::string_view program) {
  const auto end = std::ranges::find(words, "--");
  Arguments split;
  split.help = std::ranges::any_of(
      words.begin(), end, [](std::string_view word) { return word == "--help" || word == "-h"; });
  if (split.help) return split;
  for (auto word = words.begin(); word != end; ++word) {
    if (!word->starts_with('-') || *word == "-") {
      split.operands.push_back(*word);
      continue;
    }
    const std::size_t equals = word->find('=');
    const std::string_view flag = std::string_view(*word).substr(0, equals);
    const auto setting = std::ranges::find(settings, flag, &Setting::flag);
    if (setting == settings.end()) return unknown_option(flag, settings, program);
    if (equals != std::string::npos) {
      if (equals + 1 == word->size()) return missing_value(*setting, {});
      add(split.flags, *setting, word->substr(equals + 1));
    } else if (setting->is_switch()) {
      add(split.flags, *setting, "true");
    } else if (word + 1 == end || (word + 1)->starts_with("--")) {
      return missing_value(*setting, word + 1 == words.end() ? std::string_view() : *(word + 1));
    } else {
      add(split.flags, *setting, *++word);
    }
  }
  if (end != words.end()) split.operands.insert(split.operands.end(), end + 1, words.end());
  return split;
}

}  // namespace picus
