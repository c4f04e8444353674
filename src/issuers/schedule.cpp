#include "issuers/schedule.h"

#include <algorithm>

namespace picus::issuers {
namespace {

using std::chrono::seconds;

constexpr seconds kLongestPause{30};

/// 1, 2, 4, 8, 16, 30, 30 … seconds.
seconds pause_after(unsigned failures) {
  constexpr unsigned kDoublings = 5;
  return std::min(seconds(1U << std::min(failures - 1, kDoublings)), kLongestPause);
}

}  // namespace

bool Schedule::is_due(Time now) const { return !fetching_ && (now >= due_ || jumped_back(now)); }

void Schedule::begin(Time now) {
  fetching_ = true;
  changed_ = now;
}

void Schedule::succeed(Time now, seconds fresh) {
  fetching_ = false;
  failures_ = 0;
  changed_ = now;
  fetched_ = now;
  fresh_until_ = now + fresh;
  due_ = again_ ? now : now + fresh * 4 / 5;
  again_ = false;
}

void Schedule::fail(Time now) {
  fetching_ = false;
  again_ = false;
  ++failures_;
  changed_ = now;
  fetched_ = std::min(fetched_, now);
  due_ = now + pause_after(failures_);
}

bool Schedule::demand(Time now) {
  const bool is_early = now >= demanded_ && now < demanded_ + kBetweenDemands;
  if (is_early) return false;
  demanded_ = now;
  if (fetching_) again_ = true;
  due_ = now;
  return true;
}

bool Schedule::holds(Time now) const { return now < fetched_ + kLongestUse; }

bool Schedule::is_current(Time now) const {
  return holds(now) && (now < fresh_until_ || last_fetch_failed());
}

}  // namespace picus::issuers
