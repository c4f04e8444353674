#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "net/server/server_options.h"

namespace picus::cli {

/// The URL with which a process on this machine reaches a server with these addresses:
/// `http://127.0.0.1:80` for `0.0.0.0:80`. One without TLS, if there is one: the certificate has
/// the name that other machines know.
std::string url_of(const std::vector<std::string>& addresses);

struct HealthcheckOptions {
  std::vector<std::string> urls;  ///< at most one; none: the first one of `listen`
  std::vector<std::string> listen = net::ServerOptions().listen;
  std::filesystem::path ca_bundle;  ///< empty: the system's
  std::chrono::milliseconds timeout{3'000};
};

/// `picus healthcheck`.
Command healthcheck_command(
    const std::shared_ptr<HealthcheckOptions>& options = std::make_shared<HealthcheckOptions>());

}  // namespace picus::cli
