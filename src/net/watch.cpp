#include "net/watch.h"

#include <algorithm>

namespace picus::net {

Watch::Guard::Guard(Watch& watch, Wire& wire, Clock::time_point deadline)
    : watch_(watch), wire_(wire), deadline_(deadline), place_(watch.guards_.size()) {
  watch.guards_.push_back(this);
  if (deadline < watch.armed_) watch.arm(deadline);
}

Watch::Guard::~Guard() {
  Guard*& place = watch_.guards_[place_];
  place = watch_.guards_.back();
  place->place_ = place_;
  watch_.guards_.pop_back();
  if (watch_.guards_.empty()) {
    watch_.armed_ = Clock::time_point::max();
    watch_.timer_.cancel();
  }
}

void Watch::arm(Clock::time_point when) {
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void Watch::sweep() {
  const auto now = Clock::now();
  if (now < armed_) return;  // armed anew after this wake-up was queued
  Clock::time_point next = Clock::time_point::max();
  for (const Guard* guard : guards_) {
    guard->wire_.check(now);
    if (guard->deadline_ > now) next = std::min(next, guard->deadline_);
  }
  armed_ = Clock::time_point::max();
  if (next != armed_) arm(next);
}

}  // namespace picus::net
