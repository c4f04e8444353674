#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "config/layers.h"
#include "config/setting.h"

namespace picus {

/// A parsed command line.
struct Arguments {
  Flags flags;
  std::vector<std::string> operands;
  /// There is `--help` or `-h`: everything else is ignored.
  bool help = false;
};

/// `--name VALUE`, `--name=VALUE`, `--switch`; arguments after `--` are operands, and so is `-`. A
/// value that starts with `--` is given as `--name=--value`. The values of a repeatable option are
/// joined by commas; of another option the last value is used. The error is for the user. It starts
/// with `program` if an option is unknown: `serve has no option "--lsten"`.
std::expected<Arguments, std::string> split_arguments(std::span<const std::string> words,
                                                      std::span<const Setting> settings,
                                                      std::string_view program);

}  // namespace picus
