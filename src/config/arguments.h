#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "config/layers.h"
#include "config/setting.h"

namespace picus {

/// A command line, split by the options that exist.
struct Arguments {
  Flags flags;
  std::vector<std::string> operands;
  /// `--help` or `-h` is among them: nothing else counts then.
  bool help = false;
};

/// `--name VALUE`, `--name=VALUE`, `--switch`; what follows `--` is operands, and so is `-`. A
/// value that begins with `--` is given as `--name=--value`. A repeatable option's values are
/// joined by commas, of another's the last one counts. The error is for the user. `program` begins
/// it where an option is unknown: `serve has no option "--lsten"`.
std::expected<Arguments, std::string> split_arguments(std::span<const std::string> words,
                                                      std::span<const Setting> settings,
                                                      std::string_view program);

}  // namespace picus
