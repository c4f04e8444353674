#include "config/serve_options.h"

#include "config/units.h"
#include "core/limits.h"
#include "net/address.h"

namespace picus {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

void add_storage(std::vector<Setting>& settings, StoreOptions& to) {
  add_store_kind(settings, to, Scope::everywhere);
  settings.push_back({.name = "data",
                      .value = directory(to.data),
                      .preset = "./data",
                      .help = "Directory of the items of lmdb. Made if it is not there. Several "
                              "processes of one machine may use it together."});
  settings.push_back(
      {.name = "durability",
       .value = choice(to.relaxed, {{"full", false}, {"relaxed", true}}),
       .preset = "full",
       .help =
           "What an answered write to lmdb has reached. full: the disk. relaxed: the system, which "
           "brings it to the disk within 100 ms; what came in between is lost if the machine "
           "(not only the process) fails."});
  add_table(settings, to.table, Scope::everywhere);
  add_list_segments(settings, to.table, Scope::everywhere);
}

void add_limits(std::vector<Setting>& settings, ServeOptions& to) {
  settings.push_back({.name = "threads",
                      .value = threads(to.server.threads, 256),
                      .preset = "auto",
                      .help = "Threads that serve connections. auto: one for each core."});
  settings.push_back({.name = "header-limit",
                      .value = size(to.server.max_header_bytes, 1024, 1024UZ * 1024),
                      .preset = "16KiB",
                      .help = "Largest request line and headers together; more is answered 431."});
  add_body_limit(settings, to.api);
  settings.push_back({.name = "max-connections",
                      .value = count(to.server.max_connections, 1, 1'000'000),
                      .preset = "10000",
                      .help = "Open connections at one time. Past them the one that has waited the "
                              "longest for its client is closed; where none waits, a new one gets "
                              "503 for all but health."});
  settings.push_back({.name = "max-in-flight",
                      .value = count(to.api.limits.requests, 1, 1'000'000),
                      .preset = "1024",
                      .help = "Requests that use the store at one time; more get 503 at once. A "
                              "request counts from when its body is complete."});
  settings.push_back({.name = "max-streams",
                      .value = count(to.api.limits.streams, 1, 1'000'000),
                      .preset = "64",
                      .help =
                          "Whole lists that are sent at one time, and batches of bulk puts that "
                          "are written at one time. More lists get 503 at once; a bulk put "
                          "waits."});
  settings.push_back({.name = "max-body-memory",
                      .value = size(to.api.limits.body_bytes, 1024UZ * 1024, 1UZ << 40U),
                      .preset = "64MiB",
                      .help = "Memory that the bodies of all requests may take together. Past it a "
                              "request with a body over 4 KiB gets 503, and a bulk put waits."});
}

void add_times(std::vector<Setting>& settings, ServeOptions& to) {
  add_deadline(settings, to.api);
  settings.push_back({.name = "idle-timeout",
                      .value = duration(to.server.idle_timeout, 1ms, 24h),
                      .preset = "75s",
                      .help = "How long a kept-alive connection may wait for its next request. "
                              "Longer than the load balancer's, which is usually 60s."});
  settings.push_back({.name = "header-timeout",
                      .value = duration(to.server.header_timeout, 1ms, 1h),
                      .preset = "10s",
                      .help =
                          "How long the head of a request may take to arrive, and how long a new "
                          "connection may be silent."});
  settings.push_back({.name = "body-timeout",
                      .value = duration(to.server.body_timeout, 1ms, 24h),
                      .preset = "30s",
                      .help = "How long the body of a request may take to arrive, unless it keeps "
                              "to --body-min-rate, and how long it may pause."});
  settings.push_back({.name = "body-min-rate",
                      .value = size(to.server.min_body_rate, 1, 1024UZ * 1024 * 1024),
                      .preset = "1KiB",
                      .help = "Bytes a second, on average, that a body has to bring once "
                              "--body-timeout has passed."});
  settings.push_back(
      {.name = "write-timeout",
       .value = duration(to.server.write_timeout, 1ms, 24h),
       .preset = "30s",
       .help = "How long a client may stop reading its response before the connection is closed."});
  settings.push_back({.name = "response-min-rate",
                      .value = size(to.server.min_response_rate, 1, 1024UZ * 1024 * 1024),
                      .preset = "4KiB",
                      .help = "Bytes a second, on average, that a client has to read of a response "
                              "once --write-timeout has passed."});
}

void add_drain(std::vector<Setting>& settings, ServeOptions& to) {
  settings.push_back({.name = "drain-delay",
                      .value = duration_or_auto(to.drain_delay, 0ms, 1h),
                      .preset = "auto",
                      .help =
                          "After SIGTERM: how long to go on serving while /readyz returns 503, "
                          "so that clients leave by themselves. Behind a load balancer: as long "
                          "as it needs to notice. auto: 1s where another process took over or "
                          "other machines reach the server, else 0s."});
  settings.push_back({.name = "drain-timeout",
                      .value = duration(to.drain_timeout, 0ms, 24h),
                      .preset = "30s",
                      .help = "After the drain delay: how long requests in flight may take before "
                              "they are cut."});
  settings.push_back({.name = "handover",
                      .value = directory(to.handover),
                      .preset = {},
                      .help = "Directory where a newer process of this machine finds this one, to "
                              "take its listeners over. Without it: --data, or nowhere if the "
                              "items are in a table."});
}

void add_log(std::vector<Setting>& settings, ServeOptions& to) {
  settings.push_back(
      {.name = "log-format",
       .value = choice(
           to.log_format,
           {{"auto", LogFormat::automatic}, {"json", LogFormat::json}, {"text", LogFormat::text}}),
       .preset = "auto",
       .help = "How log lines look on standard error. auto: text on a terminal, else "
               "json."});
  add_log_lines(settings, to.log_level, to.access_log);
}

}  // namespace

void add_deadline(std::vector<Setting>& settings, ApiOptions& to) {
  settings.push_back(
      {.name = "deadline",
       .value = duration(to.deadline, 1ms, 5min),
       .preset = "5s",
       .help = "How long a request may wait for the store; longer is answered 504."});
}

void add_body_limit(std::vector<Setting>& settings, ApiOptions& to) {
  settings.push_back({.name = "body-limit",
                      .value = size(to.max_body_bytes, 1024, kMaxBodyBytes),
                      .preset = "1MiB",
                      .help = "Largest item text, and largest line of a bulk put; more is answered "
                              "413."});
}

void add_operations(std::vector<Setting>& settings, ApiOptions& to) {
  settings.push_back({.name = "operations",
                      .value = operations(to.operations),
                      .preset = "get,put,list,delete",
                      .help = "What is offered of get, put, list and delete, separated by commas; "
                              "the others are answered 404 or 405."});
}

void add_cors_origins(std::vector<Setting>& settings, ApiOptions& to) {
  settings.push_back(
      {.name = "cors-origin",
       .value = origins(to.allowed_origins),
       .preset = {},
       .help = "Origin of web pages that may use the API, as in https://app.example.com. Requests "
               "that pages of other origins make are refused with 403. May be repeated; several "
               "may also be separated by commas.",
       .repeatable = true});
}

void add_log_lines(std::vector<Setting>& settings, Level& minimum, bool& access) {
  settings.push_back({.name = "log-level",
                      .value = choice(minimum, {{"debug", Level::debug},
                                                {"info", Level::info},
                                                {"warning", Level::warning},
                                                {"error", Level::error}}),
                      .preset = "info",
                      .help = "The least important lines that are written."});
  settings.push_back({.name = "access-log",
                      .value = on_off(access),
                      .preset = "on",
                      .help = "One line for each request."});
}

std::vector<Setting> settings_of(ServeOptions& to) {
  std::vector<Setting> settings;
  settings.push_back({.name = "listen",
                      .value = addresses(to.server.listen),
                      .preset = "127.0.0.1:8080",
                      .help =
                          "Where to listen: HOST:PORT, [IPV6]:PORT or unix:/PATH; port 0 takes a "
                          "free one. May be repeated; several may also be separated by commas.",
                      .repeatable = true});
  settings.push_back({.name = "socket-mode",
                      .value = file_mode(to.server.socket_mode),
                      .preset = {},
                      .help =
                          "Permissions of the unix sockets of --listen, as an octal number: 0660 "
                          "lets the group connect, 0600 only the user of the server. Without "
                          "it: 0666 less the umask, which is usually the user only."});
  add_storage(settings, to.store);
  add_limits(settings, to);
  add_times(settings, to);
  add_drain(settings, to);
  add_log(settings, to);
  add_operations(settings, to.api);
  settings.push_back(
      {.name = "allow-host",
       .value = host_names(to.api.allowed_hosts),
       .preset = {},
       .help = "Host name, without a port, that clients reach the server by, as in "
               "picus.example.com. Requests for other names are refused with 403, except "
               "localhost, names under it and IP addresses. May be repeated; several may "
               "also be separated by commas.",
       .repeatable = true});
  add_cors_origins(settings, to.api);
  add_auth_file(settings, to.access, Scope::everywhere);
  settings.push_back({.name = "share",
                      .value = switched(to.share),
                      .preset = {},
                      .help = "Let others of your network in: listen on all addresses in place of "
                              "127.0.0.1, with a token that is made for this run, and print a curl "
                              "command to send to them.",
                      .scope = Scope::flag});
  settings.push_back({.name = "scopes",
                      .value = text(to.share_scopes, "SCOPES"),
                      .preset = "items:read items:write",
                      .help = "What the token of --share allows: items:read, items:write and "
                              "items:delete, separated by spaces.",
                      .scope = Scope::flag});
  settings.push_back({.name = "insecure-no-auth",
                      .value = switched(to.insecure_no_auth),
                      .preset = "off",
                      .help =
                          "Allow to listen where other machines reach it, although everyone who "
                          "does may then read and change every item."});
  return settings;
}

namespace {

std::expected<void, std::string> check_access(const ServeOptions& options) {
  if (options.share && options.access.is_on()) {
    return std::unexpected(
        "--share makes a token of its own: leave out --auth-file and PICUS_AUTH");
  }
  if (options.insecure_no_auth && (options.share || options.access.is_on())) {
    return std::unexpected("--insecure-no-auth contradicts --auth-file, PICUS_AUTH and --share");
  }
  if (const auto scopes = auth::Scopes::parse(options.share_scopes); !scopes) {
    return std::unexpected("--scopes: " + scopes.error());
  }
  if (!options.access.is_on()) return {};
  const auto access = read_access(options.access);
  return access ? std::expected<void, std::string>() : std::unexpected(access.error());
}

}  // namespace

std::expected<void, std::string> check(const ServeOptions& options) {
  if (auto access = check_access(options); !access) return access;
  for (const std::string& address : options.server.listen) {
    const auto local = net::is_local(address);
    if (!local) return std::unexpected("--listen: " + local.error().message());
    if (*local || options.insecure_no_auth || options.access.is_on() || options.share) continue;
    return std::unexpected(
        "--listen: " + address +
        " can be reached from other machines, and there is no authentication: everyone who reaches "
        "it could read and change every item. Make tokens with `picus token add` and give "
        "--auth-file, listen on 127.0.0.1, [::1] or unix:/PATH, or say --insecure-no-auth if that "
        "is meant");
  }
  return check(options.store);
}

}  // namespace picus
