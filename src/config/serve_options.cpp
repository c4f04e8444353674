#include "config/serve_options.h"

#include <algorithm>

#include "aws/credentials/environment.h"
#include "config/units.h"
#include "net/address.h"
#include "net/server/tls_context.h"

namespace picus {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::string_view kTlsPrefix = "tls:";

void add_storage(std::vector<Setting>& settings, StoreOptions& to) {
  add_store_kind(settings, to, Scope::everywhere);
  settings.push_back({.name = "data",
                      .value = directory(to.data),
                      .help = "Directory of the lmdb store. It is created if it does not exist. "
                              "Several processes on one machine can use it at the same time."});
  settings.push_back(
      {.name = "durability",
       .value = choice(to.relaxed, {{"full", false}, {"relaxed", true}}),
       .help = "When a write to lmdb is acknowledged. full: after it is on disk. relaxed: before "
               "it is on disk; it is written to disk within 100 ms. If the machine (not only the "
               "process) fails, relaxed can lose the writes of that time."});
  add_table(settings, to.table, Scope::everywhere);
  add_list_segments(settings, to.table, Scope::everywhere);
}

void add_limits(std::vector<Setting>& settings, ServeOptions& to) {
  settings.push_back({.name = "threads",
                      .value = threads(to.server.threads, 256),
                      .help = "Number of threads that serve connections. auto: one per core."});
  settings.push_back(
      {.name = "header-limit",
       .value = size(to.server.header_limit, 1024, 1024UZ * 1024),
       .help =
           "Maximum size of the request line and the headers together. Larger requests get 431."});
  settings.push_back(
      {.name = "max-connections",
       .value = count(to.server.max_connections, 1, 1'000'000),
       .help = "Maximum number of open connections. At the limit, a new connection replaces the "
               "one that has waited longest for its client. If no connection waits, the new one "
               "gets 503 for every request except health checks."});
  settings.push_back(
      {.name = "max-in-flight",
       .value = count(to.api.limits.max_in_flight, 1, 1'000'000),
       .help = "Maximum number of requests that use the store at the same time. Further requests "
               "get 503 immediately. A request counts from the moment its body is complete."});
  settings.push_back({.name = "max-streams",
                      .value = count(to.api.limits.max_streams, 1, 1'000'000),
                      .help = "Maximum number of whole lists that are sent at the same time, and "
                              "of batches of bulk puts that are written at the same time. Further "
                              "lists get 503 immediately; a bulk put waits."});
  settings.push_back(
      {.name = "max-body-memory",
       .value = size(to.api.limits.max_body_memory, 1024UZ * 1024, 1UZ << 40U),
       .help = "Maximum memory for the bodies of all requests together. At the limit, a request "
               "with a body that is over 4 KiB or compressed gets 503, and a bulk put waits."});
}

void add_times(std::vector<Setting>& settings, ServeOptions& to) {
  add_deadline(settings, to.api);
  settings.push_back(
      {.name = "idle-timeout",
       .value = duration(to.server.idle_timeout, 1ms, 24h),
       .help = "How long a keep-alive connection may wait for its next request. Set it longer than "
               "the idle timeout of the load balancer, which is usually 60s."});
  settings.push_back({.name = "header-timeout",
                      .value = duration(to.server.header_timeout, 1ms, 1h),
                      .help = "How long the head of a request may take to arrive, how long a TLS "
                              "handshake may take, and how long a new connection may send "
                              "nothing."});
  settings.push_back({.name = "body-timeout",
                      .value = duration(to.server.body_timeout, 1ms, 24h),
                      .help = "How long the body of a request may take to arrive if it is slower "
                              "than --body-min-rate, and how long it may pause."});
  settings.push_back({.name = "body-min-rate",
                      .value = size(to.server.body_min_rate, 1, 1024UZ * 1024 * 1024),
                      .help = "Minimum average rate of a request body, in bytes per second, once "
                              "--body-timeout has passed."});
  settings.push_back(
      {.name = "write-timeout",
       .value = duration(to.server.write_timeout, 1ms, 24h),
       .help = "How long a client may stop reading its response before the connection is closed."});
  settings.push_back({.name = "response-min-rate",
                      .value = size(to.server.response_min_rate, 1, 1024UZ * 1024 * 1024),
                      .help = "Minimum average rate at which a client reads a response, in bytes "
                              "per second, once --write-timeout has passed."});
}

void add_drain(std::vector<Setting>& settings, ServeOptions& to) {
  settings.push_back(
      {.name = "drain-delay",
       .value = duration_or_auto(to.drain_delay, 0ms, 1h),
       .help = "After SIGTERM: how long to continue serving while /readyz returns 503, so that "
               "clients can leave. Behind a load balancer: the time it needs to notice. auto: 1s "
               "if another process took over or other machines can reach the server, else 0s."});
  settings.push_back({.name = "drain-timeout",
                      .value = duration(to.drain_timeout, 0ms, 24h),
                      .help = "After the drain delay: how long requests in flight may take before "
                              "their connections are closed."});
  settings.push_back({.name = "handover",
                      .value = directory(to.server.handover),
                      .help = "Directory in which a newer process on this machine finds this one, "
                              "to take over its listeners. Default: the directory of --data; if "
                              "the items are in a table, there is no handover."});
}

void add_log(std::vector<Setting>& settings, ServeOptions& to) {
  settings.push_back(
      {.name = "log-format",
       .value = choice(
           to.log_format,
           {{"auto", LogFormat::automatic}, {"json", LogFormat::json}, {"text", LogFormat::text}}),
       .help = "Format of the log lines on standard error. auto: text on a terminal, else json.",
       .look = [&to](const Environment& environment) {
         to.log_colour = aws::variable(environment, "NO_COLOR").empty();
       }});
  add_log_lines(settings, to.log_level, to.access_log);
}

}  // namespace

void add_deadline(std::vector<Setting>& settings, ApiOptions& to) {
  settings.push_back({.name = "deadline",
                      .value = duration(to.deadline, 1ms, 5min),
                      .help = "How long a request may wait for the store before it gets 504."});
}

void add_operations(std::vector<Setting>& settings, ApiOptions& to) {
  settings.push_back({.name = "operations",
                      .value = operations(to.operations),
                      .help = "Operations to allow: some of get, put, list and delete, separated "
                              "by commas. Requests for other operations get 404 or 405."});
}

void add_cors_origins(std::vector<Setting>& settings, ApiOptions& to) {
  settings.push_back({.name = "cors-origin",
                      .value = origins(to.cors_origins),
                      .help = "Origin of web pages that may use the API, as in "
                              "https://app.example.com. Requests from pages of other origins get "
                              "403. Can be repeated or hold several origins, separated by commas.",
                      .repeatable = true});
}

void add_log_lines(std::vector<Setting>& settings, Level& minimum, bool& access) {
  settings.push_back({.name = "log-level",
                      .value = choice(minimum, {{"debug", Level::debug},
                                                {"info", Level::info},
                                                {"warning", Level::warning},
                                                {"error", Level::error}}),
                      .help = "Lowest level of log lines to write."});
  settings.push_back({.name = "access-log",
                      .value = on_off(access),
                      .help = "Whether to write one log line per request."});
}

namespace {

void add_listeners(std::vector<Setting>& settings, ServeOptions& to) {
  settings.push_back(
      {.name = "listen",
       .value = addresses(to.server.listen),
       .help = "Address to listen on: HOST:PORT, [IPV6]:PORT, one of these after tls: for HTTPS, "
               "or unix:/PATH. Port 0 chooses a free port. Can be repeated or hold several "
               "addresses, separated by commas.",
       .repeatable = true});
  settings.push_back({.name = "socket-mode",
                      .value = file_mode(to.server.socket_mode),
                      .help = "Permissions of the Unix sockets of --listen, as an octal number: "
                              "0660 allows the group to connect, 0600 only the user of the server. "
                              "Default: 0666 without the bits of the umask."});
  settings.push_back(
      {.name = "admin-listen",
       .value = addresses(to.admin_listen),
       .help = "Address that serves /metrics for Prometheus, /livez and /readyz, even while the "
               "server is overloaded or drains: HOST:PORT, [IPV6]:PORT or unix:/PATH. Everyone who "
               "can connect can read the metrics: use a loopback or private address. Can be "
               "repeated or hold several addresses, separated by commas.",
       .repeatable = true});
  settings.push_back(
      {.name = "tls-cert",
       .value = file(to.server.tls.cert),
       .help = "PEM file with the certificate of the tls: addresses of --listen, followed by the "
               "intermediate certificates. If it or --tls-key changes, new connections use the new "
               "pair within seconds."});
  settings.push_back(
      {.name = "tls-key",
       .value = file(to.server.tls.key),
       .help = "PEM file with the private key of --tls-cert, without a passphrase."});
}

}  // namespace

std::vector<Setting> settings_of(ServeOptions& to) {
  std::vector<Setting> settings;
  add_listeners(settings, to);
  add_storage(settings, to.store);
  add_limits(settings, to);
  add_times(settings, to);
  add_drain(settings, to);
  add_log(settings, to);
  add_tracing(settings, to.traces, Scope::everywhere);
  add_metrics(settings, to.metrics, Scope::everywhere);
  add_operations(settings, to.api);
  settings.push_back(
      {.name = "allow-host",
       .value = host_names(to.api.allow_hosts),
       .help =
           "Host name, without a port, under which clients reach the server, as in "
           "picus.example.com. Requests for other names get 403, except localhost, its subdomains "
           "and IP addresses. Can be repeated or hold several names, separated by commas.",
       .repeatable = true});
  add_cors_origins(settings, to.api);
  settings.push_back(
      {.name = "console",
       .value = choice(to.console,
                       {{"auto", Console::automatic}, {"on", Console::on}, {"off", Console::off}}),
       .help = "Whether browsers get the console at / and the API page at /docs. auto: on if only "
               "this machine can reach the listeners."});
  add_auth_file(settings, to.access, Scope::everywhere);
  settings.push_back(
      {.name = "share",
       .value = switched(to.share),
       .help =
           "Allow access from your network: without --listen, listen on all addresses; create a "
           "token for this run, and print a curl command with the token.",
       .scope = Scope::flag});
  settings.push_back({.name = "scopes",
                      .value = text(to.scopes, "SCOPES"),
                      .help = "Scopes of the token of --share: items:read, items:write and "
                              "items:delete, separated by spaces.",
                      .scope = Scope::flag});
  settings.push_back({.name = "insecure-no-auth",
                      .value = switched(to.insecure_no_auth),
                      .help = "Allow listening on addresses that other machines can reach, "
                              "although anyone who connects can then read and change every item."});
  return settings;
}

namespace {

std::expected<void, std::string> check_access(const ServeOptions& options) {
  if (options.share && options.access.is_on()) {
    return std::unexpected(
        "--share creates its own token: it cannot be used with --auth-file or PICUS_AUTH");
  }
  if (options.insecure_no_auth && (options.share || options.access.is_on())) {
    return std::unexpected("--insecure-no-auth contradicts --auth-file, PICUS_AUTH and --share");
  }
  if (const auto scopes = auth::Scopes::parse(options.scopes); !scopes) {
    return std::unexpected("--scopes: " + scopes.error());
  }
  if (!options.share && options.scopes != ServeOptions().scopes) {
    return std::unexpected(
        "--scopes is for the token of --share: give --share too, or give tokens their scopes with "
        "`picus token add`");
  }
  if (!options.access.is_on()) return {};
  const auto access = read_access(options.access);
  return access ? std::expected<void, std::string>() : std::unexpected(access.error());
}

std::expected<void, std::string> check_tls(const net::ServerOptions& options) {
  const bool has_files = !options.tls.cert.empty() && !options.tls.key.empty();
  const bool has_one = !options.tls.cert.empty() || !options.tls.key.empty();
  const bool listens = std::ranges::any_of(
      options.listen, [](const std::string& address) { return address.starts_with(kTlsPrefix); });
  if (listens && !has_files) {
    return std::unexpected("--listen: an address with tls: needs --tls-cert and --tls-key");
  }
  if (!has_one) return {};
  if (!listens) {
    return std::unexpected(
        "--tls-cert and --tls-key are for addresses with tls:, and --listen has none: give "
        "--listen tls:HOST:PORT");
  }
  const auto context = net::TlsContext::load(options.tls);
  if (context) return {};
  return std::unexpected("--tls-cert, --tls-key: " + context.error());
}

}  // namespace

std::expected<OtlpOptions, std::string> otlp_options(const ServeOptions& options) {
  const TableOptions& table = options.store.table;
  auto otlp = otlp_options(options.traces, table.environment,
                           options.store.is_dynamodb() ? table.region : std::string());
  if (otlp) otlp->ca_bundle = table.ca_bundle;
  return otlp;
}

std::filesystem::path ServeOptions::handover_directory() const {
  if (!server.handover.empty()) return server.handover;
  return store.chosen_kind().has_directory ? store.data : std::filesystem::path();
}

std::expected<void, std::string> check(const ServeOptions& options) {
  const auto& listen = options.server.listen;
  for (auto address = listen.begin(); address != listen.end(); ++address) {
    const bool is_chosen = address->ends_with(":0");  // another port each time
    if (is_chosen || std::find(listen.begin(), address, *address) == address) continue;
    return std::unexpected("--listen: " + *address + " is given more than once");
  }
  for (const std::string& address : options.admin_listen) {
    const auto local = net::is_local(address);
    if (!local) return std::unexpected("--admin-listen: " + local.error());
    if (address.starts_with(kTlsPrefix)) {
      return std::unexpected("--admin-listen: " + address + ": these addresses have no TLS");
    }
  }
  if (auto otlp = otlp_options(options); !otlp) return std::unexpected(std::move(otlp.error()));
  if (auto access = check_access(options); !access) return access;
  if (auto tls = check_tls(options.server); !tls) return tls;
  for (const std::string& address : options.server.listen) {
    const auto local = net::is_local(address);
    if (!local) return std::unexpected("--listen: " + local.error());
    if (*local || options.insecure_no_auth || options.access.is_on() || options.share) continue;
    return std::unexpected("--listen: " + address +
                           " can be reached from other machines, and there is no authentication: "
                           "anyone who connects could read and change every item. Make tokens with "
                           "`picus token add` and give --auth-file, listen on 127.0.0.1, [::1] or "
                           "unix:/PATH, or give --insecure-no-auth to allow it");
  }
  const auto is_unix = [](const std::string& address) { return address.starts_with("unix:"); };
  if (options.server.socket_mode && std::ranges::none_of(options.server.listen, is_unix) &&
      std::ranges::none_of(options.admin_listen, is_unix)) {
    return std::unexpected("--socket-mode: no address of --listen is a Unix socket (unix:/PATH)");
  }
  return check(options.store);
}

}  // namespace picus
