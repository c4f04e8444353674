#include "aws/credentials/http.h"

#include <algorithm>
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
