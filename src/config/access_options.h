#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "auth/configuration.h"
#include "config/layers.h"
#include "config/setting.h"
#include "issuers/issuer_keys.h"

namespace picus {

/// The source of the access configuration.
struct AccessOptions {
  std::filesystem::path file;  ///< empty: there is none
  std::string text;            ///< the configuration itself; empty: there is none
  /// Trusted certificates (PEM) of issuers; empty: the system's.
  std::filesystem::path ca_bundle = {};

  /// Whether requests need a token.
  [[nodiscard]] bool is_on() const { return !file.empty() || !text.empty(); }
};

/// The variable that has the configuration itself; it is not a setting, because it has no flag.
inline constexpr std::string_view kAuthVariable = "PICUS_AUTH";

/// The setting. It takes the configuration from its variable, too.
void add_auth_file(std::vector<Setting>& settings, AccessOptions& to, Scope scope);

/// Takes the configuration and the certificates from their variables.
void take_variable(const Environment& environment, AccessOptions& to);

/// A configuration, and the key sets of its issuers.
struct LoadedAccess {
  auth::Configuration configuration;
  issuers::IssuerKeys::Sets keys;             ///< from files
  std::vector<issuers::KeyLocation> fetched;  ///< where the other keys are
  std::vector<std::filesystem::path> files;   ///< from which it was read
  std::vector<std::string> warnings;          ///< for the log
};

/// Reads the configuration alone. The error is for the operator.
std::expected<auth::Configuration, std::string> read_configuration(const AccessOptions& options);

/// Reads the configuration and the files that it names. Fetches nothing. The error is for the
/// operator.
std::expected<LoadedAccess, std::string> read_access(const AccessOptions& options);

/// The configuration without digests, each line as a comment; empty: there is none.
std::string as_comments(const AccessOptions& options);

}  // namespace picus
