#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Configuration files: lines `key = value`, and comments, which start with `#` at the start of a
/// line or after white space. A value that contains the start of a comment, or has white space at
/// its ends, is written in double quotes (with `\"`, `\\`, and `\n` for a line end).
namespace picus {

struct ConfigLine {
  std::string key;
  std::string value;
  std::size_t line;  ///< from 1
};

/// Errors have `name` and the number of the line: no `key = value`, a key that occurs twice, a
/// missing closing quote, an unknown escape in quotes.
std::expected<std::vector<ConfigLine>, std::string> parse_config(std::string_view text,
                                                                 std::string_view name);

/// Also fails if the file cannot be read.
std::expected<std::vector<ConfigLine>, std::string> read_config(const std::filesystem::path& file);

/// A value in the format of parse_config: in quotes if it needs them.
std::string config_value(std::string_view value);

}  // namespace picus
