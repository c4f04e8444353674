#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "config/client_token.h"
#include "config/layers.h"
#include "config/setting.h"

namespace picus::verify {

/// What picus-verify can be told, on the command line or by variables.
struct Options {
  std::string url;                  ///< of the server
  std::string expect_version;       ///< empty: any
  std::filesystem::path ca_bundle;  ///< for the server; empty: the system's
  ClientToken proof;                ///< of who asks
  std::chrono::milliseconds timeout{0};
  std::chrono::milliseconds request_timeout{0};
  std::chrono::milliseconds patience{0};
};

/// All but the URL. They assign to `to`, which outlives them.
std::vector<Setting> settings_of(Options& to);

/// Reads the words after the program's name, and the variables. What comes back is to be printed
/// instead of a run, unless it is empty: help, the version. The error is for the user.
std::expected<std::string, std::string> read_options(std::span<const std::string> words,
                                                     const Environment& environment, Options& to);

/// Of a function, which has variables alone.
std::expected<Options, std::string> options_of(const Environment& environment);

}  // namespace picus::verify
