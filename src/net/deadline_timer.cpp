#include "net/deadline_timer.h"

#include <algorithm>
#include <boost/asio/execution_context.hpp>

namespace picus::net {

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

DeadlineTimer::Guard::Guard(DeadlineTimer& timer, Socket& socket, Clock::time_point deadline)
    : timer_(timer), socket_(socket), deadline_(deadline), place_(timer.guards_.size()) {
  timer.guards_.push_back(this);
  if (deadline < timer.armed_) timer.arm(deadline);
}

DeadlineTimer::Guard::~Guard() {
  Guard*& place = timer_.guards_[place_];
  place = timer_.guards_.back();
  place->place_ = place_;
  timer_.guards_.pop_back();
  if (timer_.guards_.empty()) {
    timer_.armed_ = Clock::time_point::max();
    timer_.timer_.cancel();
  }
}

void DeadlineTimer::arm(Clock::time_point when) {
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void DeadlineTimer::sweep() {
  const auto now = Clock::now();
  if (now < armed_) return;  // armed again after this wake-up was queued
  Clock::time_point next = Clock::time_point::max();
  for (const Guard* guard : guards_) {
    guard->socket_.check(now);
    if (guard->deadline_ > now) next = std::min(next, guard->deadline_);
  }
  armed_ = Clock::time_point::max();
  if (next != armed_) arm(next);
}

}  // namespace picus::net
