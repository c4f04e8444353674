#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials/provider.h"

namespace picus {

struct Operations;
using aws::Environment;

/// The allowed values of a setting, and the variable to which it assigns. What the variable has
/// when the Value is made is the default.
struct Value {
  /// Assigns the value. The error describes the allowed values, as in `a duration from 1ms to 24h`.
  using Assign = std::function<std::expected<void, std::string>(std::string_view text)>;
  enum class Kind : std::uint8_t { plain, file, directory };

  Assign assign;
  std::string placeholder;  ///< `DURATION` or `full|relaxed`; empty: a switch, which has no value
  std::string preset;       ///< the default, as a text; empty: none
  std::vector<std::string_view> choices;  ///< for the completion of shells
  Kind kind = Kind::plain;                ///< for the completion of shells
};

// The variable to which a Value assigns outlives the Value.
Value duration(std::chrono::milliseconds& to, std::chrono::milliseconds least,
               std::chrono::milliseconds most);
/// `auto` is nothing.
Value duration_or_auto(std::optional<std::chrono::milliseconds>& to,
                       std::chrono::milliseconds least, std::chrono::milliseconds most);
Value size(std::size_t& to, std::size_t least, std::size_t most);
Value count(std::size_t& to, std::size_t least, std::size_t most);
/// Permissions of a file: an octal number up to 0777.
Value file_mode(std::optional<unsigned>& to);
/// A number of threads; `auto` is 0.
Value threads(unsigned& to, unsigned most);
Value on_off(bool& to);
/// A switch on the command line; elsewhere `on` or `off`.
Value switched(bool& to);
Value text(std::string& to, std::string placeholder);
Value file(std::filesystem::path& to);
Value directory(std::filesystem::path& to);
/// Some of `get`, `put`, `list` and `delete`, separated by commas.
Value operations(Operations& to);
/// Host names without ports, separated by commas.
Value host_names(std::vector<std::string>& to);
/// Origins of web pages, separated by commas.
Value origins(std::vector<std::string>& to);
/// Listening addresses, separated by commas.
Value addresses(std::vector<std::string>& to);

/// One of several words.
template <typename T>
Value choice(T& to, std::vector<std::pair<std::string_view, T>> words) {
  Value value;
  std::string allowed;
  for (const auto& [word, meaning] : words) {
    value.placeholder += (value.placeholder.empty() ? "" : "|") + std::string(word);
    allowed += (allowed.empty()              ? ""
                : word == words.back().first ? " or "
                                             : ", ") +
               std::string(word);
    value.choices.push_back(word);
    if (meaning == to) value.preset = word;
  }
  value.assign = [&to, words = std::move(words), allowed = std::move(allowed)](
                     std::string_view text) -> std::expected<void, std::string> {
    for (const auto& [word, meaning] : words) {
      if (word != text) continue;
      to = meaning;
      return {};
    }
    return std::unexpected(allowed);
  };
  return value;
}

/// Where a setting can be set.
enum class Scope : std::uint8_t {
  flag,         ///< on the command line
  environment,  ///< and as a variable
  everywhere,   ///< and in the configuration file
};

/// `PICUS_IDLE_TIMEOUT`: of the prefix `PICUS_` and the setting `idle-timeout`.
std::string variable_of(std::string_view prefix, std::string_view setting);

/// A setting. It is the only source for parsing, help, the configuration file and the completion of
/// shells.
struct Setting {
  std::string_view name;  ///< `idle-timeout`: the flag without its dashes, and the key in the file
  Value value;
  std::string_view help;  ///< sentences: the effect, the unit, the consequences
  Scope scope = Scope::everywhere;
  /// Variables of other programs that are read if that of Picus is absent, in this order.
  std::vector<std::string> other_variables = {};
  /// Takes from the environment what no text of the setting can give: a token that no command line
  /// may have, or the variables that belong to a table. Called once, before the assignments.
  std::function<void(const Environment& environment)> look = {};
  bool repeatable = false;  ///< the flag can be repeated: the values are joined by commas

  [[nodiscard]] bool is_switch() const { return value.placeholder.empty(); }
  /// The default, as a text; empty: none, as of a switch that is only a flag.
  [[nodiscard]] std::string_view preset() const;
  [[nodiscard]] std::string flag() const;      ///< `--idle-timeout`
  [[nodiscard]] std::string variable() const;  ///< `PICUS_IDLE_TIMEOUT`; empty if there is none
};

}  // namespace picus
