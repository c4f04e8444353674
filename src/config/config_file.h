#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Configuration files: lines `key = value`, and comments, which begin with `#` at a line's begin
/// or after white space. A value that has such a place in it, or white space at its ends, stands in
/// double quotes (inside: `\"`, `\\`, and `\n` for a line's end).
namespace picus {

struct ConfigLine {
  std::string key;
  std::string value;
  std::size_t line;  ///< from 1
};

/// `name` stands in the errors, which name the line: no `key = value`, a key that comes twice, a
/// quote without end, an unknown escape in quotes.
std::expected<std::vector<ConfigLine>, std::string> parse_config(std::string_view text,
                                                                 std::string_view name);

/// Fails also where the file cannot be read.
std::expected<std::vector<ConfigLine>, std::string> read_config(const std::filesystem::path& file);

/// A value as parse_config reads it: in quotes where it needs them.
std::string config_value(std::string_view value);

}  // namespace picus
