#include "telemetry/traced_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <utility>

#include "core/concat.h"
#include "telemetry/line.h"
#include "telemetry/span.h"

namespace picus::telemetry {
namespace {

constexpr std::size_t kMaxUserAgent = 256;
constexpr std::string_view kUnknownRoute = "unknown";

/// The methods of RFC 9110 and PATCH: others have no bound (OpenTelemetry, "HTTP spans").
bool is_known_method(std::string_view method) {
  constexpr auto kMethods = std::to_array<std::string_view>(
      {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"});
  return std::ranges::find(kMethods, method) != kMethods.end();
}

/// `[::1]:8080`: an address without brackets, and a port.
void add_server(Span& span, std::string_view host) {
  if (host.empty()) return;
  const std::size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  std::string_view address = has_port ? host.substr(0, colon) : host;
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  span.add("server.address", address);
  if (!has_port) return;
  std::uint16_t port = 0;
  const std::string_view digits = host.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    span.add("server.port", std::int64_t{port});
  }
}

void add_time(Span& span, std::string_view name, std::chrono::nanoseconds time) {
  if (time.count() >= 0) span.add(name, time);
}

void add_attributes(Span& span, const AccessRecord& record) {
  const bool is_known = is_known_method(record.method);
  span.add("http.request.method", is_known ? record.method : "_OTHER");
  if (!is_known && !record.method.empty()) {
    span.add("http.request.method_original", beginning(record.method, kMaxLoggedMethod));
  }
  if (record.route != kUnknownRoute) span.add("http.route", record.route);
  span.add("url.scheme", record.scheme);
  span.add("http.response.status_code", std::int64_t{record.status});
  if (!record.http_version.empty()) span.add("network.protocol.version", record.http_version);
  add_server(span, record.host);
  if (!record.user_agent.empty()) {
    span.add("user_agent.original", beginning(record.user_agent, kMaxUserAgent));
  }
  span.add("picus.request_id", record.request_id);
  for (const SpanAttribute& attribute : record.attributes) {
    std::visit([&](auto value) { span.add(attribute.name, value); }, attribute.value);
  }
  add_time(span, "picus.commit.wait", record.trace->shared->commit_wait);
  add_time(span, "picus.commit.sync", record.trace->shared->commit_sync);
}

std::string span_name_of(const AccessRecord& record) {
  const std::string_view method = is_known_method(record.method) ? record.method : "HTTP";
  return record.route == kUnknownRoute ? std::string(method) : concat(method, ' ', record.route);
}

std::string request_span(const AccessRecord& record, const std::string& span_name) {
  const auto end = std::chrono::steady_clock::now();
  const TraceContext& trace = *record.trace;
  Span span(trace, {.id = trace.span, .parent = trace.parent, .remote_parent = trace.parent != 0},
            Span::Kind::server, span_name.empty() ? span_name_of(record) : span_name);
  add_attributes(span, record);
  if (record.status >= 500) {
    span.add("error.type",
             record.error != nullptr ? traits(record.error->code()).name : "internal");
    span.fail();
  }
  return span.finish(trace.shared->begun, end);
}

}  // namespace

TracedLog::TracedLog(Log& to, Tracer& tracer, std::string span_name)
    : to_(to), tracer_(tracer), span_name_(std::move(span_name)) {}

void TracedLog::access(const AccessRecord& record) {
  to_.access(record);
  if (record.trace == nullptr || !record.trace->is_recorded()) return;
  try {
    tracer_.record(request_span(record, span_name_));
  } catch (const std::exception&) {
    return;  // no memory for a span
  }
}

}  // namespace picus::telemetry
