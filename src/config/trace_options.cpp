#include "config/trace_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "aws/credentials/environment.h"
#include "core/ascii.h"
#include "core/escaped.h"
#include "core/ids.h"
#include "core/percent_encoding.h"
#include "core/version.h"
#include "net/client/http_url.h"

namespace picus {
namespace {

using Pairs = OtlpOptions::Pairs;
using aws::variable;

constexpr std::string_view kTracesPath = "/v1/traces";
constexpr std::string_view kService = "service.name";

std::string shortest(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.begin(), text.end(), number);
  return {text.begin(), end.ptr};
}

Value ratio(double& to) {
  auto assign = [&to](std::string_view text) -> std::expected<void, std::string> {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    // Neither comparison is true for `nan`, which can be parsed.
    const bool is_ratio = error == std::errc() && stop == end && value >= 0 && value <= 1;
    if (!is_ratio) return std::unexpected("a number from 0 to 1, as in 0.05");
    to = value;
    return {};
  };
  return {.assign = assign, .placeholder = "RATIO", .preset = shortest(to), .choices = {}};
}

std::unexpected<std::string> wrong(std::string_view name, std::string_view value,
                                   std::string_view allowed) {
  return std::unexpected(std::string(name) + ": \"" + std::string(value) +
                         "\" is not supported: " + std::string(allowed));
}

/// `key=value,key=value`, with percent-encoded values. Nothing: it is malformed.
std::optional<Pairs> pairs_of(std::string_view list) {
  Pairs pairs;
  while (!list.empty()) {
    std::string_view pair = take_until(list, ',');
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trimmed(pair.substr(0, equals));
    auto value = percent_decode(trimmed(pair.substr(equals + 1)));
    if (name.empty() || !value) return std::nullopt;
    pairs.emplace_back(name, std::move(*value));
  }
  return pairs;
}

/// The region of `xray.eu-west-1.amazonaws.com`; empty: another host.
std::string xray_region(std::string_view host) {
  constexpr std::string_view kBegin = "xray.";
  if (!host.starts_with(kBegin)) return {};
  host.remove_prefix(kBegin.size());
  for (const std::string_view end : {".amazonaws.com", ".amazonaws.com.cn"}) {
    if (!host.ends_with(end)) continue;
    const std::string_view region = host.substr(0, host.size() - end.size());
    if (!region.empty() && !region.contains('.')) return std::string(region);
  }
  return {};
}

/// With the path of OTLP, unless it is there.
std::string with_path(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.empty() || url.ends_with(kTracesPath) ? url : url.append(kTracesPath);
}

/// Where spans go, and the name of the setting that has it; empty: nowhere.
std::pair<std::string, std::string> endpoint_of(const TraceOptions& options,
                                                const Environment& environment) {
  if (!options.otlp_endpoint.empty()) return {"--otlp-endpoint", with_path(options.otlp_endpoint)};
  if (equals_ignoring_case(variable(environment, "OTEL_SDK_DISABLED"), "true")) return {};
  constexpr std::string_view kOfTraces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  if (std::string url = variable(environment, kOfTraces); !url.empty()) {
    return {std::string(kOfTraces), std::move(url)};
  }
  constexpr std::string_view kOfAll = "OTEL_EXPORTER_OTLP_ENDPOINT";
  return {std::string(kOfAll), with_path(variable(environment, kOfAll))};
}

std::expected<void, std::string> check_variables(const Environment& environment) {
  constexpr std::string_view kSampler = "parentbased_traceidratio";
  const std::string sampler = variable(environment, "OTEL_TRACES_SAMPLER");
  if (!sampler.empty() && sampler != kSampler) {
    return wrong("OTEL_TRACES_SAMPLER", sampler,
                 "the sampler is parentbased_traceidratio, with the ratio of --trace-sample");
  }
  constexpr std::string_view kProtocol = "http/protobuf";
  for (const std::string_view name :
       {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"}) {
    const std::string protocol = variable(environment, name);
    if (protocol.empty() || protocol == kProtocol) continue;
    return wrong(name, protocol, "the protocol is http/protobuf, usually on port 4318");
  }
  return {};
}

void set(Pairs& pairs, std::string_view name, std::string value) {
  if (value.empty()) return;
  const auto found = std::ranges::find(pairs, name, &Pairs::value_type::first);
  if (found != pairs.end()) {
    found->second = std::move(value);
  } else {
    pairs.emplace_back(name, std::move(value));
  }
}

/// The attributes of this process; those of the operator replace others.
Pairs resource_of(const TraceOptions& options, const Environment& environment,
                  const std::string& region, const Pairs& given) {
  Pairs resource;
  set(resource, kService, options.service_name);
  set(resource, "service.version", std::string(kVersion));
  set(resource, "service.instance.id", IdSource().uuid7());
  set(resource, "telemetry.sdk.name", "picus");
  set(resource, "telemetry.sdk.language", "cpp");
  set(resource, "telemetry.sdk.version", std::string(kVersion));
  if (!region.empty()) set(resource, "cloud.provider", "aws");
  set(resource, "cloud.region", region);
  set(resource, "faas.name", variable(environment, "AWS_LAMBDA_FUNCTION_NAME"));
  set(resource, "faas.version", variable(environment, "AWS_LAMBDA_FUNCTION_VERSION"));
  for (const auto& [name, value] : given) {
    if (name != kService || options.service_name == TraceOptions().service_name)
      set(resource, name, value);
  }
  return resource;
}

bool may_be_sent(const Pairs::value_type& header) {
  return std::ranges::all_of(header.first, is_token_char) &&
         std::ranges::none_of(header.second, [](char c) { return c < ' ' || c == '\x7F'; });
}

/// The headers of requests to the receiver; those of a variable that is malformed are an error.
std::expected<Pairs, std::string> headers_of(const Environment& environment) {
  for (const std::string_view name :
       {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"}) {
    const std::string text = variable(environment, name);
    if (text.empty()) continue;
    auto headers = pairs_of(text);
    if (headers && std::ranges::all_of(*headers, may_be_sent)) return std::move(*headers);
    return std::unexpected(std::string(name) +
                           " is malformed: give NAME=VALUE,NAME=VALUE with percent-encoded values");
  }
  return Pairs();
}

}  // namespace

void add_tracing(std::vector<Setting>& settings, TraceOptions& to, Scope scope) {
  settings.push_back(
      {.name = "otlp-endpoint",
       .value = text(to.otlp_endpoint, "URL"),
       .help = "URL of a receiver of traces with OTLP over HTTP, as in http://127.0.0.1:4318; "
               "/v1/traces is appended. Requests to https://xray.REGION.amazonaws.com are signed. "
               "Default: OTEL_EXPORTER_OTLP_ENDPOINT; without it, there are no traces.",
       .scope = scope});
  settings.push_back({.name = "trace-sample",
                      .value = ratio(to.trace_sample),
                      .help =
                          "Fraction of the requests that are traced, from 0 to 1. A request with "
                          "traceparent or X-Amzn-Trace-Id is traced if its client traces it.",
                      .scope = scope,
                      .other_variables = {"OTEL_TRACES_SAMPLER_ARG"}});
  settings.push_back({.name = "service-name",
                      .value = text(to.service_name, "NAME"),
                      .help = "Name of this service in traces.",
                      .scope = scope,
                      .other_variables = {"OTEL_SERVICE_NAME"}});
}

std::expected<OtlpOptions, std::string> otlp_options(const TraceOptions& options,
                                                     const Environment& environment,
                                                     const std::string& region) {
  OtlpOptions otlp;
  auto [setting, url] = endpoint_of(options, environment);
  if (url.empty()) return otlp;
  if (auto checked = check_variables(environment); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  const auto parsed = net::HttpUrl::parse(url);
  if (!parsed) {
    return std::unexpected(setting + ": \"" + without_userinfo(url) +
                           "\" is not allowed: give https://HOST[:PORT] or http://HOST[:PORT]");
  }
  auto headers = headers_of(environment);
  if (!headers) return std::unexpected(std::move(headers.error()));
  const auto given = pairs_of(variable(environment, "OTEL_RESOURCE_ATTRIBUTES"));
  if (!given) {
    return std::unexpected(
        "OTEL_RESOURCE_ATTRIBUTES is malformed: give NAME=VALUE,NAME=VALUE with percent-encoded "
        "values");
  }
  otlp.url = std::move(url);
  otlp.ratio = options.trace_sample;
  otlp.headers = std::move(*headers);
  otlp.region = xray_region(parsed->host);
  otlp.resource = resource_of(options, environment, region, *given);
  otlp.environment = environment;
  return otlp;
}

}  // namespace picus
