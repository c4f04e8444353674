#pragma once

#include <string>
#include <vector>

#include "config/serve_options.h"

namespace picus::cli {

/// Makes a token for this run and admits only its bearer. The server listens on all addresses
/// instead of the default one. Returns the token.
std::string share(ServeOptions& options);

/// The command for others in the network; `urls` are those that the server listens on.
std::string curl_command(const std::vector<std::string>& urls, const std::string& token);

}  // namespace picus::cli
