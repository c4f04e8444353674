#include "cli/admin_listener.h"

#include <chrono>
#include <cstddef>

#include "net/address.h"
#include "telemetry/prometheus_text.h"

namespace picus::cli {
namespace {

constexpr std::size_t kMaxAdminConnections = 16;
/// For a scrape that is under way when the process ends.
constexpr std::chrono::milliseconds kLastScrapeTime{1000};

ApiOptions admin_api_options(const ServeOptions& options, Registry* metrics) {
  ApiOptions api;
  api.allow_hosts = options.api.allow_hosts;
  api.metrics = [metrics] { return prometheus_text(*metrics); };
  return api;
}

net::ServerOptions admin_server_options(const ServeOptions& options) {
  net::ServerOptions server;
  server.listen = options.admin_listen;
  server.socket_mode = options.server.socket_mode;
  server.threads = 1;
  server.max_connections = kMaxAdminConnections;
  server.handover = options.handover_directory();
  server.handover_name = "handover-admin";
  return server;
}

void warn_of_readers(Log& log, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (net::is_local(address).value_or(false)) continue;
    log.write(Level::warning, "admin-listener-open",
              {{"listen", address},
               {"detail",
                "other machines can read the metrics of this server without a token; the metrics "
                "have no items, keys or names of callers"}});
  }
}

}  // namespace

AdminListener::AdminListener(Store& store, IdSource& ids, const Lifecycle& lifecycle,
                             Registry* metrics, const ServeOptions& options, Log& log)
    : log_(log), api_(store, ids, lifecycle, admin_api_options(options, metrics)) {
  if (options.admin_listen.empty()) return;
  server_.emplace(api_, log_, lifecycle, admin_server_options(options));
  warn_of_readers(log, options.admin_listen);
}

AdminListener::~AdminListener() {
  if (server_) server_->stop(kLastScrapeTime);
}

std::expected<std::vector<std::string>, std::string> AdminListener::start() {
  if (!server_) return {};
  return server_->start();
}

void AdminListener::yield() {
  if (server_ && server_->is_followed()) server_->stop(kLastScrapeTime);
}

}  // namespace picus::cli
