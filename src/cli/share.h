#pragma once

#include <string>
#include <vector>

#include "config/serve_options.h"

namespace picus::cli {

/// Makes a token for this run, lets its bearer in alone, and moves the listeners from 127.0.0.1 to
/// all addresses. Returns the token.
std::string share(ServeOptions& options);

/// What others of the network type; `urls` are those that the server listens on.
std::string curl_command(const std::vector<std::string>& urls, const std::string& token);

}  // namespace picus::cli
