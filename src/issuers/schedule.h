#pragma once

#include <chrono>

namespace picus::issuers {

/// When the keys of one issuer are fetched, and how long they are used. Times are those of the
/// system clock, which may be set.
class Schedule {
 public:
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;

  /// Keys that cannot be fetched again are used no longer than this.
  static constexpr std::chrono::hours kLongestUse{24};
  /// A token with an unknown key causes at most one fetch in this time.
  static constexpr std::chrono::seconds kBetweenDemands{30};

  /// Whether a fetch must begin: the first one, one at 80 % of the freshness, or one 1 s to 30 s
  /// after a failure.
  [[nodiscard]] bool is_due(Time now) const;
  /// When is_due() becomes true. Not valid during a fetch.
  [[nodiscard]] Time due() const { return due_; }
  [[nodiscard]] bool is_fetching() const { return fetching_; }

  void begin(Time now);
  /// The fetch returned keys that are fresh for this time.
  void succeed(Time now, std::chrono::seconds fresh);
  void fail(Time now);

  /// A token has a key that the last fetch did not return. Makes a fetch due, also a second one
  /// during a fetch, unless a token did so less than 30 s ago: returns false then.
  bool demand(Time now);

  /// Whether the last keys may still be used if the issuer cannot be reached.
  [[nodiscard]] bool holds(Time now) const;
  /// Whether the last keys are fresh, or may be used because a fetch since then failed.
  [[nodiscard]] bool is_current(Time now) const;
  /// The last success; none: the epoch.
  [[nodiscard]] Time fetched() const { return fetched_; }
  [[nodiscard]] bool last_fetch_failed() const { return failures_ > 0; }

 private:
  [[nodiscard]] bool jumped_back(Time now) const { return now < changed_; }

  bool fetching_ = false;
  bool again_ = false;     // as soon as this fetch is over
  unsigned failures_ = 0;  // in a row
  Time due_{};
  Time changed_{};  // by the last begin, succeed or fail
  Time fetched_{};  // the last success
  Time fresh_until_{};
  Time demanded_{};
};

}  // namespace picus::issuers
