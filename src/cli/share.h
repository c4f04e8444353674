#pragma once

#include <string>
#include <vector>

#include "config/serve_options.h"

namespace picus::cli {

/// Makes a token for this run and admits only its bearer. The server listens on all addresses
/// instead of the default one. Returns the token.
std::string share(ServeOptions& options);

/// A command for others in the network, with a request that the token permits. `urls`: those that
/// the server listens on; the first one that other machines can reach is used, if there is any.
std::string curl_command(const std::vector<std::string>& urls, const ServeOptions& options,
                         const std::string& token);

}  // namespace picus::cli
