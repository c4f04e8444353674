#include "verify/options.h"

#include <algorithm>
#include <string_view>

#include "cli/help.h"
#include "config/arguments.h"
#include "config/suggest.h"
#include "core/concat.h"
#include "core/escaped.h"
#include "core/version.h"
#include "net/client/server_url.h"

namespace picus::verify {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUrlVariable = "PICUS_VERIFY_URL";

std::string help_text(std::span<const Setting> settings) {
  return "Usage: picus-verify [options] URL\n"
         "\n"
         "Checks the core of the HTTP contract of the Picus server at URL (http or https, without\n"
         "a path): puts, gets, lists and deletes its own items, and sends invalid requests.\n"
         "Prints the result of each check, and deletes the items that it created, even if a\n"
         "check fails. It never changes other items, but lists up to ten of them. Without a URL\n"
         "it uses PICUS_VERIFY_URL.\n"
         "\n"
         "As a Lambda function it runs the same checks as a hook of a CodeDeploy deployment, and\n"
         "reports the result to CodeDeploy. There its options are set by variables.\n"
         "\n"
         "Options:\n" +
         cli::help_of(settings) +
         "  --version\n"
         "      Print the version.\n"
         "\n"
         "Exit codes:\n"
         "  0    all checks passed\n"
         "  1    a check failed, or an item that picus-verify created could not be deleted\n"
         "  2    the command line or the environment is wrong\n"
         "  130  interrupted; the items that picus-verify created are deleted\n";
}

std::expected<void, std::string> choose_url(const Arguments& given, const Environment& environment,
                                            Options& to) {
  if (given.operands.size() > 1) {
    return std::unexpected(concat("there are ", given.operands.size(), " URLs: give one"));
  }
  const auto variable = environment.find(kUrlVariable);
  if (!given.operands.empty()) {
    to.url = given.operands.front();
  } else if (variable != environment.end()) {
    to.url = variable->second;
  }
  if (to.url.empty()) return std::unexpected("there is no URL: give one, or set PICUS_VERIFY_URL");
  if (net::ServerUrl::parse(to.url)) return {};
  return std::unexpected("\"" + without_userinfo(to.url) +
                         "\" is not allowed: give http://HOST[:PORT] or https://HOST[:PORT]");
}

}  // namespace

std::vector<Setting> settings_of(Options& to) {
  std::vector<Setting> settings{
      {.name = "expect-version",
       .value = text(to.expect_version, "VERSION"),
       .help = "Version that the server must have. If another version responds until --patience is "
               "over, the check fails.",
       .scope = Scope::flag,
       .other_variables = {"PICUS_VERIFY_VERSION"}},
      {.name = "patience",
       .value = duration(to.patience, 0ms, 10min),
       .help = "How long to wait for a server that is not ready or cannot be reached yet.",
       .scope = Scope::flag},
      {.name = "request-timeout",
       .value = duration(to.request_timeout, 10ms, 1min),
       .help = "How long a response may take.",
       .scope = Scope::flag},
      {.name = "timeout",
       .value = duration(to.timeout, 100ms, 10min),
       .help = "How long all checks may take. Deleting the items that they created may take "
               "another 10s.",
       .scope = Scope::flag},
      {.name = "ca-bundle",
       .value = file(to.ca_bundle),
       .help =
           "File of trusted certificates (PEM) for an https server. Default: those of the system.",
       .scope = Scope::flag}};
  add_client_token(settings, to.proof, Scope::flag);
  for (Setting& setting : settings) {
    if (!setting.other_variables.empty()) continue;
    setting.other_variables = {variable_of("PICUS_VERIFY_", setting.name)};
  }
  return settings;
}

std::expected<std::string, std::string> read_options(std::span<const std::string> words,
                                                     const Environment& environment, Options& to) {
  const std::vector<Setting> settings = settings_of(to);
  if (std::ranges::find(words, "--version") != words.end()) return version_line("picus-verify");
  const auto given = split_arguments(words, settings, "picus-verify");
  if (!given) return std::unexpected(given.error());
  if (given->help) return help_text(settings);
  const auto settled = settle(settings, given->flags, environment, {});
  if (!settled) return std::unexpected(settled.error());
  if (const auto url = choose_url(*given, environment, to); !url) {
    return std::unexpected(url.error());
  }
  if (const auto proof = check(to.proof, to.url); !proof) {
    return std::unexpected(proof.error());
  }
  return std::string();
}

std::expected<Options, std::string> options_of(const Environment& environment) {
  Options options;
  const auto read = read_options({}, environment, options);
  if (!read) return std::unexpected(read.error());
  return options;
}

}  // namespace picus::verify
