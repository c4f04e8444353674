#include "aws/credentials/http.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <utility>

#include "core/pause.h"

namespace picus::aws {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{200};

bool is_worth_another_try(const net::HttpResponse& response) {
  return response.status == 429 || response.status >= 500;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return std::nullopt;
  const boost::urls::url_view& url = *parsed;
  const bool encrypted = url.scheme_id() == boost::urls::scheme::https;
  if (!encrypted && url.scheme_id() != boost::urls::scheme::http) return std::nullopt;
  if (url.has_userinfo() || url.has_fragment() || url.encoded_host().empty()) return std::nullopt;
  std::string target(url.encoded_path());
  if (target.empty()) target = "/";
  // Boost.URL takes `.example.com` after an IP address for a path.
  if (!target.starts_with('/')) return std::nullopt;
  if (url.has_query()) target.append("?").append(std::string(url.encoded_query()));
  return Url{
      .origin = (encrypted ? "https://" : "http://") + std::string(url.encoded_host_and_port()),
      .host = url.host_address(),
      .target = std::move(target),
      .encrypted = encrypted};
}

asio::awaitable<std::expected<net::HttpResponse, std::string>> ask(net::HttpPool* pool,
                                                                   net::HttpRequest request,
                                                                   Attempts attempts,
                                                                   Clock::time_point deadline) {
  for (unsigned attempt = 1;; ++attempt) {
    const Clock::time_point end = std::min(deadline, Clock::now() + attempts.timeout);
    auto answer = co_await pool->send(request, end);
    // A kept connection that was closed meanwhile says nothing about the server.
    if (!answer && answer.error().reused) answer = co_await pool->send(request, end);
    const bool last = attempt == attempts.count || Clock::now() + kPause >= deadline;
    if (answer && (last || !is_worth_another_try(*answer))) co_return std::move(*answer);
    if (!answer && last) co_return std::unexpected(request.origin + ": " + answer.error().message);
    co_await pause(kPause);
  }
}

}  // namespace picus::aws
