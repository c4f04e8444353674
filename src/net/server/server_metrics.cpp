#include "net/server/server_metrics.h"

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "net/server/tls_certificate.h"

namespace picus::net {
namespace {

/// In the order of Method.
constexpr std::array<std::string_view, 6> kMethods = {"GET",    "HEAD",    "POST",
                                                      "DELETE", "OPTIONS", "_OTHER"};
/// In the order of ServerMetrics::Connection.
constexpr std::array<std::string_view, 3> kConnections = {"accepted", "refused", "cut"};

constexpr std::array<std::string_view, 2> kHandshakes = {"ok", "failed"};

/// One series for each value of one label.
template <std::size_t kValues>
Counters labelled(Registry& registry, const Metric& metric, std::string_view label,
                  const std::array<std::string_view, kValues>& values) {
  return registry.counters(metric, kValues, [label, &values](std::size_t series) {
    return Labels{{.name = label, .value = std::string(values[series])}};
  });
}

}  // namespace

ServerMetrics::ServerMetrics(Registry* registry) {
  if (registry == nullptr) return;
  active_ = labelled(*registry,
                     {.name = "http_server_active_requests",
                      .help = "Requests that are being served.",
                      .kind = Metric::Kind::gauge},
                     "http_request_method", kMethods);
  connections_ =
      labelled(*registry,
               {.name = "picus_connections_total",
                .help = "Connections that were accepted, those that were refused at the limit, "
                        "and accepted ones that were closed to make room or after the "
                        "timeout of the drain."},
               "result", kConnections);
  handshakes_ =
      labelled(*registry, {.name = "picus_tls_handshakes_total", .help = "TLS handshakes."},
               "result", kHandshakes);
  open_ = registry->counters(
      {.name = "picus_connections", .help = "Open connections.", .kind = Metric::Kind::gauge});
}

void add_certificate_metric(Registry& registry, std::weak_ptr<const TlsCertificate> certificate) {
  registry.readings(
      {.name = "picus_tls_certificate_expiry_seconds",
       .help = "How long the certificate of --tls-cert is valid; negative: it has expired.",
       .kind = Metric::Kind::gauge},
      [certificate = std::move(certificate)] {
        std::vector<Reading> readings;
        if (const auto open = certificate.lock()) {
          const auto left = open->current()->expires() - std::chrono::system_clock::now();
          readings.push_back(
              {.labels = {}, .value = std::chrono::floor<std::chrono::seconds>(left).count()});
        }
        return readings;
      });
}

}  // namespace picus::net
