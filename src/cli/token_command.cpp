#include "cli/token_command.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>

#include "auth/api_token.h"
#include "auth/configuration.h"
#include "aws/web_identity_token.h"
#include "cli/common_settings.h"
#include "cli/output.h"
#include "cli/token_aws.h"
#include "cli/token_show.h"
#include "config/access_options.h"
#include "config/table_options.h"
#include "config/units.h"
#include "core/escaped.h"
#include "core/file_descriptor.h"
#include "core/last_error.h"

namespace picus::cli {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::uint64_t kMostDays = 3650;
constexpr seconds kLongestLife = std::chrono::days(kMostDays);

struct Action {
  std::string_view name;
  bool has_name;    ///< of a token
  bool needs_file;  ///< --auth-file
};
constexpr std::array<Action, 5> kActions{{{.name = "add", .has_name = true, .needs_file = true},
                                          {.name = "list", .has_name = false, .needs_file = true},
                                          {.name = "remove", .has_name = true, .needs_file = true},
                                          {.name = "show", .has_name = false, .needs_file = false},
                                          {.name = "aws", .has_name = false, .needs_file = false}}};

/// `30d`, or a duration of smaller units.
std::optional<seconds> parse_life(std::string_view text) {
  if (!text.ends_with('d')) {
    const auto duration = parse_duration(text);
    if (!duration) return std::nullopt;
    return std::chrono::duration_cast<seconds>(*duration);
  }
  text.remove_suffix(1);
  const auto days = parse_count(text);
  if (!days || *days > kMostDays) return std::nullopt;
  return std::chrono::days(*days);
}

Value life(std::optional<seconds>& to, seconds least, seconds most, std::string allowed) {
  auto assign = [&to, least, most, allowed = std::move(allowed)](
                    std::string_view text) -> std::expected<void, std::string> {
    const auto parsed = parse_life(text);
    if (!parsed || *parsed < least || *parsed > most) return std::unexpected(allowed);
    to = parsed;
    return {};
  };
  return {.assign = std::move(assign), .placeholder = "DURATION", .preset = {}, .choices = {}};
}

/// Keeps other `picus token` from changing the files of a directory meanwhile. Nothing: a signal
/// arrived.
std::optional<FileDescriptor> lock_folder(const std::filesystem::path& file,
                                          const Signals& signals) {
  constexpr std::chrono::milliseconds kBetweenTries{50};
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) return descriptor;
  while (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    if (signals.pending_within(kBetweenTries)) return std::nullopt;
  }
  return descriptor;
}

/// Puts a configuration in the place of the one in `file`, which keeps its mode and owner.
ExitCode write_configuration(const std::filesystem::path& file,
                             const auth::Configuration& configuration, const Signals& signals) {
  struct stat status{};
  const bool is_there = ::stat(file.c_str(), &status) == 0;
  Output::Options options{.mode = is_there ? status.st_mode & 0777U : 0600U,
                          .waits_for_signals = false};
  if (is_there && ::geteuid() == 0) options.owner = {status.st_uid, status.st_gid};
  auto output = Output::open(file, signals, options);
  if (!output && signals.pending()) return ExitCode::interrupted;
  if (!output) return fail(output.error());
  if (!output->write(auth::text_of(configuration, auth::Digests::shown)) || !output->commit()) {
    return fail(output->error());
  }
  return ExitCode::ok;
}

/// The configuration in a file; an empty one where there is no file yet.
std::expected<auth::Configuration, std::string> read_or_begin(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
    return auth::Configuration();
  }
  return read_configuration({.file = file, .text = {}});
}

ExitCode add(const TokenCommandOptions& options, const Signals& signals) {
  const auto lock = lock_folder(options.access.file, signals);
  if (!lock) return ExitCode::interrupted;
  auto configuration = read_or_begin(options.access.file);
  if (!configuration) return fail(configuration.error());
  const std::string& name = options.words.back();
  const auto& tokens = configuration->tokens;
  if (std::ranges::find(tokens, name, &auth::ApiTokenEntry::name) != tokens.end()) {
    return fail("there is already a token \"" + name + "\": remove it, or choose another name");
  }
  const std::string token = auth::new_api_token();
  auth::ApiTokenEntry entry{.name = name,
                            .digest = auth::digest_of(token),
                            .scopes = auth::Scopes::known_of(options.scopes),
                            .expires = {}};
  if (options.expires) {
    const auto now = std::chrono::system_clock::now();
    entry.expires = std::chrono::ceil<seconds>(now) + *options.expires;
  }
  configuration->tokens.push_back(std::move(entry));
  const ExitCode code = write_configuration(options.access.file, *configuration, signals);
  if (code != ExitCode::ok) return code;
  const ExitCode printed = print(token + "\n");
  if (printed != ExitCode::ok)
    write_error("picus: the token was not printed: remove " + name + "\n");
  return printed;
}

ExitCode list(const TokenCommandOptions& options) {
  auto configuration = read_configuration({.file = options.access.file, .text = {}});
  if (!configuration) return fail(configuration.error());
  auth::Configuration tokens;
  tokens.tokens = std::move(configuration->tokens);
  return print(auth::text_of(tokens, auth::Digests::hidden));
}

ExitCode remove(const TokenCommandOptions& options, const Signals& signals) {
  const auto lock = lock_folder(options.access.file, signals);
  if (!lock) return ExitCode::interrupted;
  auto configuration = read_configuration({.file = options.access.file, .text = {}});
  if (!configuration) return fail(configuration.error());
  const std::string& name = options.words.back();
  const auto removed =
      std::erase_if(configuration->tokens, [&](const auto& entry) { return entry.name == name; });
  if (removed == 0) return fail("there is no token \"" + shown_input(name) + "\"");
  return write_configuration(options.access.file, *configuration, signals);
}

/// The environment, for AWS credentials.
void keep_environment(const Environment& environment, TokenCommandOptions& to) {
  AccessOptions access;
  take_variable(environment, access);
  to.access.ca_bundle = access.ca_bundle;
  to.environment = environment;
}

std::vector<Setting> settings_of(TokenCommandOptions& to) {
  std::vector<Setting> settings{
      {.name = "scopes",
       .value = text(to.scopes, "SCOPES"),
       .help = "add: scopes of the token: items:read, items:write and items:delete, separated by "
               "spaces.",
       .scope = Scope::flag},
      {.name = "expires",
       .value = life(to.expires, seconds(1), kLongestLife, "a duration from 1s to 3650d"),
       .help = "add: how long the token is valid, as in 30d or 12h. Default: until it is removed.",
       .scope = Scope::flag},
      {.name = "token-file",
       .value = file(to.token_file),
       .help = "show: file with the token. Default: standard input.",
       .scope = Scope::flag},
      {.name = "audience",
       .value = text(to.audience, "AUDIENCE"),
       .help = "aws: audience of the token: one that the configuration of the server accepts.",
       .scope = Scope::flag},
      {.name = "ttl",
       .value = life(to.ttl, aws::WebIdentityRequest::kShortest, aws::WebIdentityRequest::kLongest,
                     "a duration from 1m to 1h"),
       .help = "aws: how long the token is valid. Default: 15m, or until the credentials expire.",
       .scope = Scope::flag},
      {.name = "region",
       .value = text(to.region, "REGION"),
       .help = "aws: region of the AWS STS endpoint, as in eu-west-1.",
       .scope = Scope::flag,
       .other_variables = {"AWS_REGION", "AWS_DEFAULT_REGION"}}};
  settings.push_back(
      {.name = "auth-file",
       .value = file(to.access.file),
       .help = "JSON file of `picus serve --auth-file`. add creates it if it does "
               "not exist; only its owner may read it.",
       .scope = Scope::environment,
       .look = [&to](const Environment& environment) { keep_environment(environment, to); }});
  add_ca_bundle(settings, to.ca_bundle, Scope::environment);
  return settings;
}

std::expected<void, std::string> check_token(const TokenCommandOptions& options) {
  const std::string& name = options.words.front();
  const auto* const action = std::ranges::find(kActions, name, &Action::name);
  if (action == kActions.end()) {
    return std::unexpected("token: \"" + shown_input(name) +
                           "\" is not allowed: give add, list, remove, show or aws");
  }
  if (action->needs_file && options.access.file.empty()) {
    return std::unexpected("token " + name + " needs --auth-file FILE");
  }
  if ((options.words.size() == 2) != action->has_name) {
    return std::unexpected("token " + name + (action->has_name ? " needs NAME" : " takes no NAME"));
  }
  if (name != "add" && (!options.scopes.empty() || options.expires)) {
    return std::unexpected("--scopes and --expires are for token add");
  }
  if (name != "show" && !options.token_file.empty()) {
    return std::unexpected("--token-file is for token show");
  }
  if (name != "aws" && options.ttl) return std::unexpected("--ttl is for token aws");
  if (name == "aws" && options.region.empty()) {
    return std::unexpected("token aws needs --region REGION, or AWS_REGION");
  }
  if (name != "add") return {};
  if (!auth::is_token_name(options.words.back())) {
    return std::unexpected("token: \"" + shown_input(options.words.back()) +
                           "\" is not allowed: a name has 1 to 64 characters of A-Z a-z 0-9 . _ @ "
                           "-, and is not itself a token");
  }
  const auto scopes = auth::Scopes::parse(options.scopes);
  if (!scopes) return std::unexpected("--scopes: " + scopes.error());
  return {};
}

ExitCode run_token(const TokenCommandOptions& options, const Signals& signals) {
  const std::string& action = options.words.front();
  if (action == "add") return add(options, signals);
  if (action == "remove") return remove(options, signals);
  if (action == "show") return token_show(options, signals);
  if (action == "aws") return token_aws(options);
  return list(options);
}

}  // namespace

Command token_command(const std::shared_ptr<TokenCommandOptions>& options) {
  Command command{
      .name = "token",
      .summary = "Create, list, remove or show client tokens",
      .details =
          "add NAME: creates a token and prints it once: the file has only its SHA-256. list: "
          "prints the names, scopes and expiry times of the tokens. remove NAME: removes a token. "
          "A server with the file as --auth-file applies changes within 5 s.\n"
          "show: prints the content of a token, and with --auth-file whether a server accepts it "
          "or which check fails. aws: prints a token that AWS STS issues for the AWS credentials.",
      .operands = {.placeholder = "add|list|remove|show|aws [NAME]",
                   .least = 1,
                   .most = 2,
                   .to = &options->words},
      .settings = settings_of(*options),
      .check = [options](const Call&) { return check_token(*options); },
      .run = [options](const Call&,
                       const Signals& signals) { return run_token(*options, signals); }};
  for (const Action& action : kActions) command.operands.choices.push_back(action.name);
  command.settings.push_back(config_setting());
  return command;
}

}  // namespace picus::cli
