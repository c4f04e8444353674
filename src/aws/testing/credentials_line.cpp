// For tests: writes the credentials that its environment leads to, a JSON object, or why there are
// none. With a number: so many times, each fetched again.

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <string>

#include "aws/credentials/cached_credentials.h"
#include "core/no_log.h"
#include "net/client/http_pool.h"

namespace picus::aws {
namespace {

Environment own_environment() {
  Environment variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

boost::json::object line_of(const Result<std::shared_ptr<const Credentials>>& got) {
  if (!got) return {{"error", got.error().detail()}};
  const Credentials& credentials = **got;
  boost::json::object line{{"access_key_id", credentials.access_key_id},
                           {"secret_access_key", credentials.secret_access_key},
                           {"session_token", credentials.session_token}};
  if (credentials.expires) {
    line["expires"] = std::chrono::system_clock::to_time_t(*credentials.expires);
  }
  return line;
}

asio::awaitable<void> write_lines(CachedCredentials* credentials, int count) {
  for (int i = 0; i < count; ++i) {
    const auto got =
        co_await credentials->get(std::chrono::steady_clock::now() + std::chrono::seconds(30));
    std::cout << boost::json::serialize(line_of(got)) << '\n';
    if (got) credentials->invalidate(**got);
  }
}

void run(int count) {
  NoLog log;
  net::HttpPool pool{net::HttpPool::Options{}};
  const Environment environment = own_environment();
  const auto region = environment.find("AWS_REGION");
  CachedCredentials credentials(
      default_credentials(environment, region == environment.end() ? "" : region->second, pool,
                          log),
      log);
  asio::io_context context;
  asio::co_spawn(context, write_lines(&credentials, count), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  context.run();
}

}  // namespace
}  // namespace picus::aws

int main(int count, char** arguments) {
  try {
    picus::aws::run(count > 1 ? std::stoi(arguments[1]) : 1);
    return 0;
  } catch (const std::exception& exception) {
    std::fputs(exception.what(), stderr);
  } catch (...) {
    std::fputs("no std::exception", stderr);
  }
  return 1;
}
