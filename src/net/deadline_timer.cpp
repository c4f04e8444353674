#include "net/deadline_timer.h"

#include <algorithm>
#include <boost/asio/execution_context.hpp>
#include <chrono>

namespace picus::net {

namespace {

/// Between two looks: those of sockets whose deadlines are close together become one.
constexpr std::chrono::milliseconds kPause{1};

}  // namespace

/// The part of an io_context.
class DeadlineTimer::Service : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  /// of() passes an io_context.
  explicit Service(asio::execution_context& context)
      : service(context),
        // NOLINTNEXTLINE(*-static-cast-downcast): a dynamic_cast needs virtual functions.
        timer_(static_cast<asio::io_context&>(context).get_executor()) {}

  DeadlineTimer& timer() { return timer_; }

 private:
  void shutdown() override {}

  DeadlineTimer timer_;
};

DeadlineTimer& DeadlineTimer::of(const Socket::Executor& executor) {
  return asio::use_service<Service>(executor.context()).timer();
}

DeadlineTimer::Guard::~Guard() {
  if (!is_linked()) return;
  unlink();
  if (!timer_.guards_.empty()) return;
  timer_.armed_ = Clock::time_point::max();
  timer_.timer_.cancel();
}

void DeadlineTimer::Guard::look_at(Clock::time_point due) {
  if (is_linked()) unlink();
  due_ = due;
  // Most are later than all others.
  timer_.guards_.insert(timer_.guards_.end(), *this);
  if (due < timer_.armed_) timer_.arm(due);
}

void DeadlineTimer::arm(Clock::time_point when) {
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

void DeadlineTimer::look() {
  const auto now = Clock::now();
  if (now < armed_) return;  // armed again after this wake-up was queued
  for (std::size_t i = 0; i < kInARow && !guards_.empty(); ++i) {
    Guard& first = *guards_.begin();
    if (first.due_ > now) break;
    first.unlink();
    first.due_ = Clock::time_point::max();
    first.socket_.check(now);
    first.expect(first.socket_.deadline());
  }
  armed_ = Clock::time_point::max();
  if (!guards_.empty()) arm(std::max(guards_.begin()->due_, now + kPause));
}

}  // namespace picus::net
