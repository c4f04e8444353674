#include "config/access_options.h"

#include <memory>
#include <utility>

#include "core/files.h"

namespace picus {
namespace {

using Text = std::expected<std::string, std::string>;

std::expected<void, std::string> read_keys(const auth::IssuerEntry& issuer,
                                           const std::filesystem::path& folder, LoadedAccess& to) {
  if (issuer.keys.empty() || issuer.keys.contains("://")) {
    issuers::KeyLocation location{.issuer = issuer.issuer, .keys = issuer.keys};
    const std::string fault = fault_of(location);
    if (!fault.empty()) return std::unexpected("keys: " + fault);
    to.fetched.push_back(std::move(location));
    return {};
  }
  std::filesystem::path file = folder / issuer.keys;
  const auto text = read_file(file, auth::KeySet::kMaxBytes);
  if (!text) return std::unexpected("keys: " + text.error());
  auto set = auth::KeySet::parse(*text);
  if (!set) return std::unexpected("keys: " + file.string() + ": " + set.error());
  for (const std::string& why : set->skipped()) {
    to.warnings.push_back(file.string() + ": not used: " + why);
  }
  to.keys.emplace(issuer.issuer, std::make_shared<const auth::KeySet>(std::move(*set)));
  to.files.push_back(std::move(file));
  return {};
}

std::string origin_of(const AccessOptions& options) {
  return options.file.empty() ? std::string(kAuthVariable) + ": "
                              : "--auth-file: " + options.file.string() + ": ";
}

}  // namespace

void add_auth_file(std::vector<Setting>& settings, AccessOptions& to, Scope scope) {
  settings.push_back(
      {.name = "auth-file",
       .value = file(to.file),
       .help = "JSON file of tokens and issuers with their scopes; `picus token add` creates it. "
               "With it, every request for items needs a token. Changes to the file are applied "
               "within 5s. The variable PICUS_AUTH has the JSON itself instead of a file.",
       .scope = scope,
       .look = [&to](const Environment& environment) { take_variable(environment, to); }});
}

void take_variable(const Environment& environment, AccessOptions& to) {
  const auto found = environment.find(kAuthVariable);
  if (found != environment.end()) to.text = found->second;
  const auto bundle = environment.find("SSL_CERT_FILE");
  if (bundle != environment.end()) to.ca_bundle = bundle->second;
}

std::expected<auth::Configuration, std::string> read_configuration(const AccessOptions& options) {
  if (!options.file.empty() && !options.text.empty()) {
    return std::unexpected("--auth-file or PICUS_AUTH, not both");
  }
  Text text = options.text;
  if (!options.file.empty()) {
    text = read_file(options.file, auth::kMaxConfigurationBytes);
    if (!text) return std::unexpected("--auth-file: " + text.error());
  }
  auto configuration = auth::parse_configuration(*text);
  if (!configuration) return std::unexpected(origin_of(options) + configuration.error());
  return configuration;
}

std::expected<LoadedAccess, std::string> read_access(const AccessOptions& options) {
  auto configuration = read_configuration(options);
  if (!configuration) return std::unexpected(configuration.error());
  LoadedAccess access;
  if (!options.file.empty()) {
    access.files.push_back(options.file);
    std::string warning = warning_of_mode(options.file);
    if (!warning.empty()) access.warnings.push_back(std::move(warning));
  }
  for (std::size_t i = 0; i < configuration->issuers.size(); ++i) {
    const auto read = read_keys(configuration->issuers[i], options.file.parent_path(), access);
    if (read) continue;
    return std::unexpected(origin_of(options) + "issuers[" + std::to_string(i) + "]." +
                           read.error());
  }
  access.configuration = std::move(*configuration);
  return access;
}

std::string as_comments(const AccessOptions& options) {
  if (!options.is_on()) return {};
  const auto configuration = read_configuration(options);
  if (!configuration) return {};
  std::string comments = "# The access configuration, without the digests of the tokens:\n# ";
  for (const char c : auth::text_of(*configuration, auth::Digests::hidden)) {
    comments += c;
    if (c == '\n') comments += "# ";
  }
  comments.resize(comments.size() - 2);
  return comments;
}

}  // namespace picus
