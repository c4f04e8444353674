#include "otlp/background_tracing.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "core/context_thread.h"

namespace picus {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kInterval{1};
constexpr std::chrono::seconds kDrainTime{2};
/// A round of sending; what is left follows in the next one.
constexpr std::chrono::seconds kRound{30};

}  // namespace

std::unique_ptr<BackgroundTracing> BackgroundTracing::start(const OtlpOptions& options,
                                                            Log& lines) {
  return options.is_on() ? std::make_unique<BackgroundTracing>(options, lines) : nullptr;
}

BackgroundTracing::BackgroundTracing(const OtlpOptions& options, Log& lines)
    : tracing_(options, lines), context_(1), wake_(context_) {
  tracing_.queue().when_full([this] { asio::post(context_, [this] { wake_.cancel(); }); });
  const auto ended = [this, &lines](const std::exception_ptr& error) {
    log_bug(error, lines);
    const std::scoped_lock lock(mutex_);
    has_ended_ = true;
    ended_.notify_all();
  };
  asio::co_spawn(context_, serve(), ended);
  thread_ = run_on_thread(context_, lines);
  pthread_setname_np(thread_.native_handle(), "picus-traces");
}

// Without memory for a post the process ends: its spans are lost in any case.
// NOLINTNEXTLINE(bugprone-exception-escape)
BackgroundTracing::~BackgroundTracing() {
  asio::post(context_, [this] {
    stopping_ = true;
    wake_.cancel();
  });
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, kDrainTime, [this] { return has_ended_; });
  }
  context_.stop();
  thread_.join();
}

asio::awaitable<void> BackgroundTracing::wait_until(Clock::time_point time) {
  wake_.expires_at(time);
  boost::system::error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> BackgroundTracing::serve() {
  telemetry::SpanExporter& exporter = tracing_.exporter();
  for (;;) {
    const bool is_last = stopping_;
    if (is_last) exporter.hurry();
    const auto due = co_await exporter.flush(Clock::now() + (is_last ? kDrainTime : kRound));
    if (is_last) co_return;
    if (!stopping_)
      co_await wait_until(std::max(due.value_or(Clock::time_point()), Clock::now() + kInterval));
  }
}

}  // namespace picus
