#include "config/table_options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "aws/credentials/environment.h"
#include "core/ascii.h"
#include "core/escaped.h"
#include "net/client/server_url.h"

namespace picus {
namespace {

using Checked = std::expected<void, std::string>;

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

bool consists_of(std::string_view text, std::initializer_list<std::string_view> sets) {
  return std::ranges::all_of(text, [&](char c) {
    return std::ranges::any_of(sets, [c](std::string_view set) { return set.contains(c); });
  });
}

Checked check_name(const std::string& name) {
  // The limits are DynamoDB's ("Quotas", "Naming rules").
  constexpr std::size_t kLeast = 3;
  constexpr std::size_t kMost = 255;
  const bool fits = name.size() >= kLeast && name.size() <= kMost;
  if (fits && consists_of(name, {kLower, kUpper, kDigits, "_.-"})) return {};
  return std::unexpected("--table: \"" + name +
                         "\" is not allowed: give 3 to 255 letters, digits, dots, hyphens and "
                         "underscores");
}

Checked check_region(const std::string& region) {
  if (region.empty()) {
    return std::unexpected(
        "--table needs a region: give --region or AWS_REGION, as in eu-west-1; any region works "
        "with an --endpoint-url outside AWS");
  }
  if (consists_of(region, {kLower, kDigits, "-"})) return {};
  return std::unexpected("--region: \"" + region +
                         "\" is not allowed: give a region, as in eu-west-1");
}

Checked check_endpoint(const TableOptions& options) {
  if (net::ServerUrl::parse(endpoint_of(options))) return {};
  return std::unexpected("--endpoint-url: \"" + without_userinfo(options.endpoint_url) +
                         "\" is not allowed: give https://HOST[:PORT] or http://HOST[:PORT]");
}

/// Whether no_proxy says that the URL's host is not to be reached by a proxy: it names the host, a
/// domain that the host is in, or `*`.
bool is_direct(std::string_view url, const aws::Environment& environment) {
  std::string_view host = url.substr(url.find("://") + 3);
  if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
  const std::string list = aws::first_variable(environment, {"no_proxy", "NO_PROXY"});
  for (std::string_view rest = list; !rest.empty();) {
    std::string_view one = take_until(rest, ',');
    if (one == "*") return true;
    if (one.starts_with('.')) one.remove_prefix(1);
    const bool ends = !one.empty() && host.ends_with(one);
    if (ends && (host.size() == one.size() || host[host.size() - one.size() - 1] == '.')) {
      return true;
    }
  }
  return false;
}

}  // namespace

void add_table(std::vector<Setting>& settings, TableOptions& to, Scope scope) {
  settings.push_back(
      {.name = "table",
       .value = text(to.name, "NAME"),
       .help = "DynamoDB table that holds the items.",
       .scope = scope,
       .look = [&to](const Environment& environment) { to.environment = environment; }});
  settings.push_back({.name = "region",
                      .value = text(to.region, "REGION"),
                      .help = "AWS region of the table, as in eu-west-1.",
                      .scope = scope,
                      .other_variables = {"AWS_REGION", "AWS_DEFAULT_REGION"}});
  settings.push_back(
      {.name = "endpoint-url",
       .value = text(to.endpoint_url, "URL"),
       .help = "URL of DynamoDB or of a service with the same protocol: https://HOST[:PORT] or "
               "http://HOST[:PORT]. Default: the AWS endpoint of the region.",
       .scope = scope,
       .other_variables = {"AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"}});
  settings.push_back(
      {.name = "key-attribute",
       .value = text(to.key_attribute, "NAME"),
       .help = "The only key attribute of the table, a string: it holds the ids of the items.",
       .scope = scope});
  add_ca_bundle(settings, to.ca_bundle, scope);
}

void add_ca_bundle(std::vector<Setting>& settings, std::filesystem::path& to, Scope scope) {
  settings.push_back({.name = "ca-bundle",
                      .value = file(to),
                      .help = "File of trusted certificates (PEM) for an https endpoint. Default: "
                              "those of the system.",
                      .scope = scope,
                      .other_variables = {"AWS_CA_BUNDLE"}});
}

void add_list_segments(std::vector<Setting>& settings, TableOptions& to, Scope scope) {
  constexpr std::size_t kMost = 64;
  settings.push_back(
      {.name = "list-segments",
       .value = count(to.list_segments, 1, kMost),
       .help = "Number of parts of a table that are read in parallel for a whole list. More parts "
               "are faster, and use up the capacity of the table sooner.",
       .scope = scope});
}

std::string proxy_warning(const TableOptions& options) {
  const std::string url = endpoint_of(options);
  const auto server = net::ServerUrl::parse(url);
  const bool encrypted = server && server->tls;
  if (is_direct(url, options.environment)) return {};
  const auto names = encrypted ? std::array{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}
                               : std::array{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"};
  for (const std::string name : names) {
    if (aws::variable(options.environment, name).empty()) continue;
    std::string warning = name;
    warning.append(" is ignored: Picus connects directly to ").append(url);
    warning += ". If it can be reached only through a proxy, use a VPC endpoint for DynamoDB.";
    return warning;
  }
  return {};
}

std::expected<void, std::string> check(const TableOptions& options) {
  if (options.name.empty()) {
    return std::unexpected("there is no table: give --table NAME or PICUS_TABLE");
  }
  if (const auto name = check_name(options.name); !name) return name;
  if (const auto region = check_region(options.region); !region) return region;
  return check_endpoint(options);
}

}  // namespace picus
