#include "issuers/issuer_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/metrics.h"
#include "core/pause.h"
#include "core/run.h"
#include "core/testing/recorded_log.h"
#include "net/testing/loopback_certificate.h"
#include "net/testing/loopback_server.h"

namespace picus::issuers {
namespace {

using namespace std::chrono_literals;
using Newer = auth::KeySource::Newer;

const std::string kIssuer = "https://a.example.com";

/// A key set (RFC 8037, A.2) whose key has this name.
std::string set_with(const std::string& name) {
  return R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":")" + name +
         R"(","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPJHURo"}]})";
}

std::size_t threads() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// An issuer over TLS, and a clock that only moves when a test moves it.
class IssuerKeysTest : public ::testing::Test {
 protected:
  ~IssuerKeysTest() override { let_answer(); }

  IssuerKeys::Options options() {
    return {.ca_bundle = certificate_.authority(),
            .in_advance = false,
            .max_wait = 10s,
            .clock = [this] { return kNoon + later_.load(); }};
  }
  [[nodiscard]] std::vector<KeyLocation> location() const {
    return {{.issuer = kIssuer, .keys = server_.origin() + "/keys"}};
  }
  /// What a token with an unknown key causes.
  Newer newer() { return run(keys_.newer_keys(kIssuer)); }
  Newer newer_after(std::chrono::seconds time) {
    later_ = later_.load() + time;
    return newer();
  }
  bool has_keys() { return keys_.keys(kIssuer) != nullptr; }

  void publish(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    set_ = set_with(name);
  }
  /// The issuer does not respond to a request until let_answer().
  void hold_back() { held_back_ = true; }
  void let_answer() {
    held_back_ = false;
    held_back_.notify_all();
  }
  void wait_for_fetches(std::size_t count) {
    EXPECT_TRUE(run(wait_until([&] { return server_.connections() >= count; },
                               std::chrono::steady_clock::now() + 20s)));
  }

  static constexpr std::chrono::system_clock::time_point kNoon{1'800'000'000s};

  std::atomic<std::chrono::seconds> later_ = 0s;
  std::atomic<bool> held_back_ = false;
  std::atomic<bool> is_away_ = false;
  std::mutex mutex_;
  std::string set_ = set_with("1");  // under mutex_
  net::LoopbackCertificate certificate_;
  net::LoopbackServer server_{[this](net::LoopbackPeer& peer) {
                                peer.read_request();
                                held_back_.wait(true);
                                const std::scoped_lock lock(mutex_);
                                if (is_away_) return peer.answer("", "500 Internal Server Error");
                                peer.answer(set_);
                              },
                              &certificate_};
  RecordedLog log_;
  IssuerKeys keys_{options(), log_};
};

/// A call of newer_keys() that has begun, and ends on demand.
class Waiting {
 public:
  explicit Waiting(IssuerKeys& keys) {
    asio::co_spawn(context_, keep_result(keys.newer_keys(kIssuer), &newer_),
                   [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); });
    context_.poll();
  }
  [[nodiscard]] bool is_over() const { return newer_.has_value(); }
  Newer end() {
    context_.run();
    return *newer_;
  }

 private:
  asio::io_context context_;
  std::optional<Newer> newer_;
};

TEST_F(IssuerKeysTest, NothingIsFetchedInAdvanceUnlessWanted) {
  const std::size_t before = threads();
  IssuerKeys later({.in_advance = false}, log_);
  later.configure({}, {{.issuer = kIssuer, .keys = "https://127.0.0.1:1/"}});
  EXPECT_EQ(threads(), before);
  IssuerKeys soon({.in_advance = true}, log_);
  soon.configure({}, {{.issuer = kIssuer, .keys = "https://127.0.0.1:1/"}});
  EXPECT_EQ(threads(), before + 1);
}

TEST_F(IssuerKeysTest, AFirstFetchUnderWayIsAwaitedAndNotRepeated) {
  keys_.configure({}, location());
  EXPECT_FALSE(has_keys());
  hold_back();
  Waiting first(keys_);
  wait_for_fetches(1);
  Waiting second(keys_);
  EXPECT_FALSE(first.is_over());
  EXPECT_FALSE(second.is_over());
  let_answer();
  EXPECT_TRUE(second.end().keys);
  EXPECT_TRUE(first.end().latest);
  EXPECT_EQ(server_.connections(), 1U);
  EXPECT_TRUE(has_keys());
}

// It may have been answered before there was the key.
TEST_F(IssuerKeysTest, ARefreshUnderWayIsRepeatedForAnUnknownKey) {
  keys_.configure({}, location());
  newer();
  hold_back();
  later_ = 9min;
  Waiting first(keys_);
  wait_for_fetches(2);
  Waiting second(keys_);
  let_answer();
  EXPECT_TRUE(second.end().latest);
  EXPECT_EQ(server_.connections(), 3U);
}

TEST_F(IssuerKeysTest, UnknownKeysCauseOneFetchIn30Seconds) {
  keys_.configure({}, location());
  newer();
  EXPECT_TRUE(newer().latest);
  EXPECT_EQ(server_.connections(), 2U);
  EXPECT_TRUE(newer().latest);
  EXPECT_TRUE(newer_after(29s).latest);
  EXPECT_EQ(server_.connections(), 2U);
  EXPECT_TRUE(newer_after(1s).latest);
  EXPECT_EQ(server_.connections(), 3U);
}

TEST_F(IssuerKeysTest, KeysAreTheLatestOnlyAfterAFetch) {
  IssuerKeys::Options hasty = options();
  hasty.max_wait = 20ms;
  IssuerKeys keys(hasty, log_);
  keys.configure({}, location());
  while (run(keys.newer_keys(kIssuer)).keys == nullptr) continue;
  hold_back();
  later_ = 9min;
  const Newer slow = run(keys.newer_keys(kIssuer));
  EXPECT_TRUE(slow.keys);
  EXPECT_FALSE(slow.latest);
  later_ = 25h;
  const Newer old = run(keys.newer_keys(kIssuer));
  EXPECT_FALSE(old.keys);
  EXPECT_FALSE(old.latest);
}

TEST_F(IssuerKeysTest, KeysOfOneIssuerAreNotThoseOfAnother) {
  const std::string other = "https://b.example.com";
  keys_.configure({}, location());
  newer();
  EXPECT_FALSE(keys_.keys(other));
  EXPECT_FALSE(run(keys_.newer_keys(other)).keys);
}

TEST_F(IssuerKeysTest, StaleKeysAreUsedFor24HoursWhileTheIssuerIsAway) {
  keys_.configure({}, location());
  newer();
  later_ = 10min - 1s;
  EXPECT_TRUE(has_keys());
  later_ = 10min;
  EXPECT_FALSE(has_keys());
  is_away_ = true;
  const Newer kept = newer();
  EXPECT_TRUE(kept.keys);
  EXPECT_FALSE(kept.latest);
  later_ = 24h - 1s;
  EXPECT_TRUE(has_keys());
  later_ = 24h;
  EXPECT_FALSE(has_keys());
}

TEST_F(IssuerKeysTest, WhatChangesIsLoggedAndMakesEarlierVerificationsVoid) {
  std::uint64_t version = keys_.version();
  const auto has_changed = [&] { return std::exchange(version, keys_.version()) != version; };
  keys_.configure({}, location());
  EXPECT_TRUE(has_changed());
  newer();
  EXPECT_TRUE(has_changed());
  EXPECT_EQ(log_.count("keys-fetched"), 1U);
  newer_after(1h);
  EXPECT_FALSE(has_changed());
  EXPECT_EQ(log_.count("keys-fetched"), 1U);
  publish("2");
  EXPECT_TRUE(newer_after(1h).keys->find("2", auth::Algorithm::ed25519));
  EXPECT_TRUE(has_changed());
  EXPECT_EQ(log_.count("keys-fetched"), 2U);

  is_away_ = true;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(newer_after(1h).keys);
  EXPECT_EQ(log_.count("keys-not-fetched"), 1U);
  EXPECT_EQ(log_.count("warning keys-not-fetched"), 1U);
  is_away_ = false;
  EXPECT_TRUE(newer_after(1h).latest);
  EXPECT_EQ(log_.count("keys-fetched"), 3U);
  EXPECT_FALSE(has_changed());

  is_away_ = true;
  newer_after(1h);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(newer_after(25h).keys);
  EXPECT_TRUE(has_changed());
  EXPECT_EQ(log_.count("keys-not-fetched"), 3U);
  EXPECT_EQ(log_.count("error keys-not-fetched"), 1U);
  is_away_ = false;
  EXPECT_TRUE(newer_after(1h).keys);
  EXPECT_TRUE(has_changed());
}

TEST_F(IssuerKeysTest, TheAgeOfKeysIsMeasuredOnceThereAreSome) {
  Registry metrics;
  IssuerKeys::Options counting = options();
  counting.metrics = &metrics;
  IssuerKeys keys(counting, log_);
  keys.configure({}, location());
  const auto age = [&metrics] {
    std::optional<std::int64_t> milliseconds;
    metrics.collect([&](const Sample& sample) {
      if (sample.metric.name == "picus_auth_keys_age_seconds") milliseconds = sample.value;
    });
    return milliseconds;
  };
  EXPECT_FALSE(age());
  run(keys.newer_keys(kIssuer));
  later_ = 5s;
  EXPECT_EQ(age(), 5000);
}

}  // namespace
}  // namespace picus::issuers
