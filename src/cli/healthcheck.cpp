#include "cli/healthcheck.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "cli/common_settings.h"
#include "cli/job.h"
#include "cli/output.h"
#include "cli/server_sink.h"
#include "config/table_options.h"
#include "config/units.h"
#include "core/pause.h"
#include "net/client/http_client.h"

namespace picus::cli {
namespace {

constexpr std::string_view kTls = "tls:";

/// Why the server is not alive; empty: it is.
asio::awaitable<std::string> ask(net::HttpClient* client) {
  constexpr std::size_t kMaxAnswerBytes = 64UZ * 1024;
  net::HttpRequest request{.method = "GET", .target = "/livez", .headers = {}};
  auto response = co_await client->send(std::move(request));
  if (!response) co_return with_advice(response.error());
  const auto body = co_await read_all(client, kMaxAnswerBytes);
  if (!body) co_return body.error();
  co_return response->status == 200 ? "" : refusal(response->status, *body);
}

asio::awaitable<ExitCode> ask_in_time(net::HttpClient* client, std::chrono::milliseconds time,
                                      const Signals* signals) {
  using asio::experimental::awaitable_operators::operator||;
  auto asked_or_late = ask(client) || pause(time);
  const auto first = co_await std::move(asked_or_late);
  const std::string* const reason = std::get_if<0>(&first);
  if (reason != nullptr && reason->empty()) co_return ExitCode::ok;
  if (signals->pending()) co_return ExitCode::interrupted;
  co_return fail("not alive: " +
                 (reason != nullptr ? *reason : "no response within " + format_duration(time)));
}

}  // namespace

std::string url_of(const std::vector<std::string>& addresses) {
  const auto plain = std::ranges::find_if_not(
      addresses, [](const std::string& one) { return one.starts_with(kTls); });
  const bool tls = plain == addresses.end();
  const std::string& listen = tls ? addresses.front() : *plain;
  if (listen.starts_with("unix:")) return listen;
  const std::string address = listen.substr(tls ? kTls.size() : 0);
  const std::string scheme = tls ? "https://" : "http://";
  const std::string port = address.substr(address.rfind(':'));
  if (address.starts_with("0.0.0.0:")) return scheme + "127.0.0.1" + port;
  if (address.starts_with("[::]:")) return scheme + "[::1]" + port;
  return scheme + address;
}

namespace {

ExitCode healthcheck(const HealthcheckOptions& options, const Signals& signals) {
  const std::string url = options.urls.empty() ? url_of(options.listen) : options.urls.front();
  asio::io_context context(1);
  const auto client =
      net::HttpClient::make(context.get_executor(), url, options.timeout, options.ca_bundle);
  if (!client) return fail(client.error(), ExitCode::usage);
  return run_job(context, ask_in_time(client->get(), options.timeout, &signals), signals,
                 OnSignal::cancel);
}

}  // namespace

Command healthcheck_command(const std::shared_ptr<HealthcheckOptions>& options) {
  Command command{
      .name = "healthcheck",
      .summary = "Check whether a server is alive",
      .details =
          "The exit code is 0 if GET /livez returns 200, else 1, with an error on standard error. "
          "Supervisors that restart processes can use it. URL is an http or https URL, or "
          "unix:/PATH; without it, "
          "the first address of --listen without TLS is checked, or the first one.",
      .operands = {.placeholder = "[URL]", .least = 0, .most = 1, .to = &options->urls},
      .settings = {{.name = "listen",
                    .value = addresses(options->listen),
                    .help = "Address on which the server listens.",
                    .scope = Scope::environment},
                   {.name = "timeout",
                    .value = duration(options->timeout, std::chrono::milliseconds(1),
                                      std::chrono::minutes(5)),
                    .help = "How long the response may take.",
                    .scope = Scope::flag}},
      .run = [options](const Call&, const Signals& signals) {
        return healthcheck(*options, signals);
      }};
  add_ca_bundle(command.settings, options->ca_bundle, Scope::environment);
  command.settings.push_back(config_setting());
  return command;
}

}  // namespace picus::cli
