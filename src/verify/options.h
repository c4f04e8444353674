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

/// The options of picus-verify, on the command line or from variables.
struct Options {
  std::string url;                  ///< of the server
  std::string expect_version;       ///< empty: any
  std::filesystem::path ca_bundle;  ///< for the server; empty: the system's
  ClientToken proof;                ///< the token of this client
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds request_timeout{5'000};
  std::chrono::milliseconds patience{10'000};
};

/// All options except the URL. They assign to `to`, which outlives them.
std::vector<Setting> settings_of(Options& to);

/// Parses the arguments after the name of the program, and the variables. A result that is not
/// empty is to be printed instead of a run: the help or the version. The error is for the user.
std::expected<std::string, std::string> read_options(std::span<const std::string> words,
                                                     const Environment& environment, Options& to);

/// The options of a function, from variables only.
std::expected<Options, std::string> options_of(const Environment& environment);

}  // namespace picus::verify
