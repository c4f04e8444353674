#include "verify/options.h"

#include <algorithm>
#include <string_view>

#include "cli/help.h"
#include "cli/suggest.h"
#include "cli/version.h"
#include "net/server_url.h"

namespace picus::verify {

namespace {

using cli::Scope;
using cli::Setting;
using namespace std::chrono_literals;

constexpr std::string_view kUrlVariable = "PICUS_VERIFY_URL";

struct Parsed {
  cli::Flags flags;
  std::vector<std::string> operands;
  bool help = false;
  bool version = false;
};

std::string help_text(std::span<const Setting> settings) {
  return "Usage: picus-verify [options] URL\n"
         "\n"
         "Proves a Picus server at URL (http or https, without a path) by the core of its HTTP\n"
         "contract: puts, gets, lists and deletes items of its own, and tries bad input. Prints\n"
         "how each check came out, and deletes what it made, whatever happens. Other items are\n"
         "read at most, ten to a list. Without a URL it takes that of PICUS_VERIFY_URL.\n"
         "\n"
         "As a Lambda function it does the same as a hook of a CodeDeploy deployment, and reports\n"
         "the result there. Its options are variables then.\n"
         "\n"
         "Options:\n" +
         cli::help_of(settings) +
         "  --version\n"
         "      Print the version.\n"
         "\n"
         "Exit codes:\n"
         "  0    all checks passed\n"
         "  1    one failed, or something that it made could not be deleted\n"
         "  2    the command line or the environment is wrong\n"
         "  130  interrupted; what it made was deleted\n";
}

std::string unknown_flag(std::span<const Setting> settings, const std::string& given) {
  std::vector<std::string> flags{"--help", "--version"};
  for (const Setting& setting : settings) flags.push_back(setting.flag());
  const std::vector<std::string_view> candidates(flags.begin(), flags.end());
  return "there is no option \"" + given + "\"" + cli::did_you_mean(given, candidates);
}

std::expected<Parsed, std::string> parse(std::span<const std::string> words,
                                         std::span<const Setting> settings) {
  Parsed parsed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    parsed.help = parsed.help || word == "--help" || word == "-h";
    parsed.version = parsed.version || word == "--version";
    if (word == "--help" || word == "-h" || word == "--version") continue;
    if (!word.starts_with('-')) {
      parsed.operands.push_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    const auto setting = std::ranges::find(settings, flag, &Setting::flag);
    if (setting == settings.end()) return std::unexpected(unknown_flag(settings, flag));
    const bool has_value = equals != std::string::npos;
    if (!has_value && i + 1 == words.size()) {
      return std::unexpected(flag + " needs a value: " + setting->value.placeholder);
    }
    parsed.flags[std::string(setting->name)] = has_value ? word.substr(equals + 1) : words[++i];
  }
  return parsed;
}

std::expected<void, std::string> choose_url(const Parsed& parsed,
                                            const cli::Environment& environment, Options& to) {
  if (parsed.operands.size() > 1) {
    return std::unexpected("there are " + std::to_string(parsed.operands.size()) +
                           " URLs: give one");
  }
  const auto variable = environment.find(kUrlVariable);
  if (!parsed.operands.empty()) {
    to.url = parsed.operands.front();
  } else if (variable != environment.end()) {
    to.url = variable->second;
  }
  if (to.url.empty()) return std::unexpected("there is no URL: give one, or PICUS_VERIFY_URL");
  if (net::ServerUrl::parse(to.url)) return {};
  return std::unexpected("\"" + to.url + "\" is not allowed: give http://HOST[:PORT] or " +
                         "https://HOST[:PORT]");
}

}  // namespace

std::vector<Setting> settings_of(Options& to) {
  return {{.name = "expect-version",
           .value = cli::text(to.expect_version, "VERSION"),
           .preset = {},
           .help = "The version that has to answer: another one is waited out, then a failure.",
           .scope = Scope::flag,
           .other_variables = {"PICUS_VERIFY_VERSION"}},
          {.name = "patience",
           .value = cli::duration(to.patience, 0ms, 10min),
           .preset = "10s",
           .help = "How long a server is waited for that is not ready, or not there yet.",
           .scope = Scope::flag,
           .other_variables = {"PICUS_VERIFY_PATIENCE"}},
          {.name = "request-timeout",
           .value = cli::duration(to.request_timeout, 10ms, 1min),
           .preset = "5s",
           .help = "How long an answer may take.",
           .scope = Scope::flag,
           .other_variables = {"PICUS_VERIFY_REQUEST_TIMEOUT"}},
          {.name = "timeout",
           .value = cli::duration(to.timeout, 100ms, 10min),
           .preset = "60s",
           .help = "How long all checks may take. Deleting what they made may take 10s more.",
           .scope = Scope::flag,
           .other_variables = {"PICUS_VERIFY_TIMEOUT"}},
          {.name = "ca-bundle",
           .value = cli::file(to.ca_bundle),
           .preset = {},
           .help = "Certificates (PEM) that an https server is trusted by. Without it: the "
                   "system's.",
           .scope = Scope::flag,
           .other_variables = {"PICUS_VERIFY_CA_BUNDLE"}}};
}

std::expected<std::string, std::string> read_options(std::span<const std::string> words,
                                                     const cli::Environment& environment,
                                                     Options& to) {
  const std::vector<Setting> settings = settings_of(to);
  const auto parsed = parse(words, settings);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->help) return help_text(settings);
  if (parsed->version) return cli::version_line("picus-verify");
  const auto settled = cli::settle(settings, parsed->flags, environment, {});
  if (!settled) return std::unexpected(settled.error());
  if (const auto url = choose_url(*parsed, environment, to); !url) {
    return std::unexpected(url.error());
  }
  return std::string();
}

std::expected<Options, std::string> options_of(const cli::Environment& environment) {
  Options options;
  const auto read = read_options({}, environment, options);
  if (!read) return std::unexpected(read.error());
  return options;
}

}  // namespace picus::verify
