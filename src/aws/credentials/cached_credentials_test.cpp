#include "aws/credentials/cached_credentials.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <optional>
#include <stdexcept>
#include <thread>

#include "aws/testing/credentials_testing.h"

namespace picus::aws {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

/// What a test sees of its provider, and says to it. Outlives the provider.
class Script {
 public:
  using Answer = std::function<Provided(int fetch)>;  ///< the first fetch is number 1

  explicit Script(Answer answer) : answer_(std::move(answer)) {}

  void hold() {
    const std::scoped_lock lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::scoped_lock lock(mutex_);
    held_ = false;
    if (wake_) wake_();
  }
  [[nodiscard]] int fetches() const {
    const std::scoped_lock lock(mutex_);
    return fetches_;
  }
  void wait_for_fetch(int number) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 30s, [&] { return fetches_ >= number; }));
  }

  int begin() {
    const std::scoped_lock lock(mutex_);
    ++fetches_;
    changed_.notify_all();
    return fetches_;
  }
  /// False: there is nothing to wait for. `wake` is called once, from any thread.
  bool wants_to_hold(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    if (held_) wake_ = std::move(wake);
    return held_;
  }
  Provided answer_to(int fetch) { return answer_(fetch); }

 private:
  Answer answer_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> wake_;
  int fetches_ = 0;
  bool held_ = false;
};

class ScriptedProvider final : public CredentialsProvider {
 public:
  explicit ScriptedProvider(Script& script) : script_(script) {}
  [[nodiscard]] std::string_view name() const override { return "script"; }

  asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point deadline) override {
    const int number = script_.begin();
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer gate(executor, deadline);
    if (script_.wants_to_hold([&] { asio::post(executor, [&gate] { gate.cancel(); }); })) {
      boost::system::error_code error;
      co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    co_return script_.answer_to(number);
  }

 private:
  Script& script_;
};

Credentials numbered(int number, std::optional<Time> expires = {}) {
  return {.access_key_id = "key-" + std::to_string(number),
          .secret_access_key = "secret",
          .session_token = "token",
          .expires = expires};
}

Provided unreachable() {
  return std::unexpected(ProviderError{.configured = true, .reason = "nobody answers"});
}

std::string id_of(const Got& got) {
  return got ? (*got)->access_key_id : "error: " + got.error().detail();
}

/// A cache with a scripted provider, and a clock that the test moves.
class Cache {
 public:
  explicit Cache(Script::Answer answer)
      : script(std::move(answer)),
        credentials(std::make_unique<CachedCredentials>(std::make_unique<ScriptedProvider>(script),
                                                        log, [this] { return now.load(); })) {}

  [[nodiscard]] std::string get(std::chrono::milliseconds timeout = 30s) const {
    return id_of(get_from(*credentials, timeout));
  }
  /// Asks until that is the answer; refreshing goes on in the background.
  void expect_soon(std::string_view wanted) const {
    const auto end = std::chrono::steady_clock::now() + 30s;
    std::string got = get();
    while (got != wanted && std::chrono::steady_clock::now() < end) got = get();
    EXPECT_EQ(got, wanted);
  }

  RecordedLog log;
  std::atomic<Time> now{Time(1'800'000'000s)};
  Script script;
  std::unique_ptr<CachedCredentials> credentials;
};

TEST(CachedCredentials, NothingIsFetchedBeforeTheFirstGet) {
  Cache cache([](int number) { return numbered(number); });
  EXPECT_EQ(cache.script.fetches(), 0);
  EXPECT_EQ(cache.get(), "key-1");
}

TEST(CachedCredentials, LongTermKeysAreFetchedOnce) {
  Cache cache([](int number) { return numbered(number); });
  EXPECT_EQ(cache.get(), "key-1");
  cache.now = cache.now.load() + 24h * 365;
  EXPECT_EQ(cache.get(), "key-1");
  EXPECT_EQ(cache.script.fetches(), 1);
}

TEST(CachedCredentials, TheirRemainingTimeIsKnownWhereTheyExpire) {
  const Cache lasting([](int number) { return numbered(number); });
  EXPECT_EQ(lasting.get(), "key-1");
  EXPECT_FALSE(lasting.credentials->remaining());
  Cache passing([](int number) { return numbered(number, Time(1'800'000'000s) + 1h); });
  EXPECT_FALSE(passing.credentials->remaining());
  EXPECT_EQ(passing.get(), "key-1");
  EXPECT_EQ(passing.credentials->remaining(), 3600s);
  passing.now = Time(1'800'000'000s) + 1h + 1s;
  EXPECT_EQ(passing.credentials->remaining(), -1s);
}

TEST(CachedCredentials, AllCallersWaitForTheOneFetchUnderWay) {
  Cache cache([](int number) { return numbered(number); });
  cache.script.hold();
  std::atomic<int> good = 0;
  std::vector<std::thread> callers;
  callers.reserve(8);
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] { good += cache.get() == "key-1" ? 1 : 0; });
  }
  cache.script.wait_for_fetch(1);
  cache.script.release();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(cache.script.fetches(), 1);
}

TEST(CachedCredentials, ACallerWaitsNoLongerThanItsDeadline) {
  Cache cache([](int number) { return numbered(number); });
  cache.script.hold();
  const auto start = std::chrono::steady_clock::now();
  const Got got = get_from(*cache.credentials, 20ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::store_unavailable);
  EXPECT_NE(got.error().detail().find("deadline"), std::string::npos) << got.error().detail();
  cache.script.release();
  EXPECT_EQ(cache.get(), "key-1");
  EXPECT_EQ(cache.script.fetches(), 1);
}

TEST(CachedCredentials, OldOnesAreGivenOutAtOnceWhileNewOnesAreFetched) {
  Cache cache([&](int number) { return numbered(number, cache.now.load() + 1h); });
  EXPECT_EQ(cache.get(), "key-1");
  cache.now = cache.now.load() + 44min;
  EXPECT_EQ(cache.get(), "key-1");
  EXPECT_EQ(cache.script.fetches(), 1);
  cache.script.hold();
  cache.now = cache.now.load() + 2min;
  EXPECT_EQ(cache.get(0ms), "key-1");
  cache.script.wait_for_fetch(2);
  EXPECT_EQ(cache.get(0ms), "key-1");
  cache.script.release();
  cache.expect_soon("key-2");
  EXPECT_EQ(cache.script.fetches(), 2);
}

TEST(CachedCredentials, OldOnesAreKeptUntilTheyExpireThoughNobodyAnswers) {
  Cache cache([&](int number) {
    return number == 1 ? Provided(numbered(1, cache.now.load() + 1h)) : unreachable();
  });
  EXPECT_EQ(cache.get(), "key-1");
  cache.now = cache.now.load() + 46min;
  EXPECT_EQ(cache.get(), "key-1");
  cache.script.wait_for_fetch(2);
  cache.now = cache.now.load() + 13min;
  EXPECT_EQ(cache.get(), "key-1");
}

// A clock that is ahead by more than they live made every request fail.
TEST(CachedCredentials, OnesThatSeemExpiredAreForTheServiceToJudge) {
  Cache cache([&](int number) {
    return number == 1 ? Provided(numbered(1, cache.now.load() + 1h)) : unreachable();
  });
  EXPECT_EQ(cache.get(), "key-1");
  cache.now = cache.now.load() + 2h;
  EXPECT_EQ(cache.get(), "key-1");
  cache.script.wait_for_fetch(2);
  EXPECT_EQ(cache.get(), "key-1");
  cache.credentials->invalidate(numbered(1));
  EXPECT_EQ(cache.get(), "error: credentials: nobody answers");
}

TEST(CachedCredentials, AFailedRefreshIsAWarningAtFirstAndAnErrorLater) {
  Cache cache([&](int number) {
    return number == 1 ? Provided(numbered(1, cache.now.load() + 1h)) : unreachable();
  });
  EXPECT_EQ(cache.get(), "key-1");
  // Each failure is noted at the time that the test has set: only then it moves on.
  const auto fail_at = [&](Time time, std::size_t failures) {
    cache.now = time;
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (cache.log.count("credentials-not-renewed") < failures &&
           std::chrono::steady_clock::now() < end) {
      EXPECT_EQ(cache.get(), "key-1");
    }
  };
  const Time start = cache.now;
  fail_at(start + 46min, 1);
  fail_at(start + 48min, 2);
  EXPECT_EQ(cache.log.count("error "), 0U);
  fail_at(start + 51min, 3);
  EXPECT_EQ(cache.log.count("error credentials-not-renewed detail=nobody answers"), 1U);
}

TEST(CachedCredentials, AFailureIsToldForSecondsWithoutAFetch) {
  Cache cache([](int number) { return number < 3 ? unreachable() : Provided(numbered(number)); });
  EXPECT_EQ(cache.get(), "error: credentials: nobody answers");
  EXPECT_EQ(cache.get(), "error: credentials: nobody answers");
  EXPECT_EQ(cache.script.fetches(), 1);
  cache.now = cache.now.load() + 1s;
  EXPECT_EQ(cache.get(), "error: credentials: nobody answers");
  EXPECT_EQ(cache.script.fetches(), 2);
  cache.now = cache.now.load() + 5s;
  EXPECT_EQ(cache.get(), "key-3");
}

TEST(CachedCredentials, RefusedOnesAreNotGivenOutAgain) {
  Cache cache([](int number) { return numbered(number); });
  EXPECT_EQ(cache.get(), "key-1");
  cache.credentials->invalidate(numbered(1));
  EXPECT_EQ(cache.get(), "key-2");
  cache.credentials->invalidate(numbered(1));  // by a request that began before
  EXPECT_EQ(cache.get(), "key-2");
  EXPECT_EQ(cache.script.fetches(), 2);
}

TEST(CachedCredentials, RefusedOnesThatTheProviderInsistsOnAreFetchedSeldom) {
  Cache cache([](int) { return numbered(1); });
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(cache.get(), "key-1");
    cache.credentials->invalidate(numbered(1));
  }
  EXPECT_EQ(cache.get(), "key-1");
  EXPECT_EQ(cache.script.fetches(), 2);
  cache.now = cache.now.load() + 6s;
  EXPECT_EQ(cache.get(), "key-1");
  cache.script.wait_for_fetch(3);
}

TEST(CachedCredentials, RefusedOnesAreNotGivenOutWhereTheFetchFails) {
  Cache cache([](int number) { return number == 1 ? Provided(numbered(1)) : unreachable(); });
  EXPECT_EQ(cache.get(), "key-1");
  cache.credentials->invalidate(numbered(1));
  EXPECT_EQ(cache.get(), "error: credentials: nobody answers");
}

TEST(CachedCredentials, NewOnesThatSeemExpiredAreFetchedAnewOnceAMinute) {
  Cache cache([&](int number) { return numbered(number, cache.now.load() - 1h); });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(cache.get(), "key-1");
  EXPECT_EQ(cache.script.fetches(), 1);
  EXPECT_EQ(cache.log.count("credentials-seem-expired"), 1U);
  cache.now = cache.now.load() + 61s;
  cache.expect_soon("key-2");
  EXPECT_EQ(cache.script.fetches(), 2);
}

TEST(CachedCredentials, AProviderThatThrowsIsAFailure) {
  Cache cache([](int) -> Provided { throw std::runtime_error("broken"); });
  EXPECT_EQ(cache.get(), "error: credentials: an internal error");
  EXPECT_EQ(cache.log.count("error bug"), 1U);
}

TEST(CachedCredentials, TheyAreRefreshedThoughNobodyAsks) {
  RecordedLog log;
  Script script(
      [](int number) { return numbered(number, std::chrono::system_clock::now() + 100ms); });
  CachedCredentials credentials(std::make_unique<ScriptedProvider>(script), log);
  EXPECT_EQ(id_of(get_from(credentials)), "key-1");
  script.wait_for_fetch(4);
}

TEST(CachedCredentials, ItEndsThoughAFetchIsUnderWayAndCallersWait) {
  Cache cache([](int number) { return numbered(number); });
  cache.script.hold();
  asio::io_context context;
  std::optional<Got> got;
  asio::co_spawn(context, cache.credentials->get(std::chrono::steady_clock::now() + 1h),
                 [&](const std::exception_ptr&, Got value) { got = std::move(value); });
  context.poll();
  cache.script.wait_for_fetch(1);
  cache.credentials.reset();
  context.run();
  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
}

TEST(CachedCredentials, RotationUnderLoadFailsNoGet) {
  RecordedLog log;
  // Every third fetch fails: the next one comes in time.
  Script script([](int number) {
    if (number % 3 == 0) return unreachable();
    return Provided(numbered(number, std::chrono::system_clock::now() + 1s));
  });
  CachedCredentials credentials(std::make_unique<ScriptedProvider>(script), log);
  std::atomic<int> failures = 0;
  std::atomic<int> expired = 0;
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (script.fetches() < 5) {
        const Got got = get_from(credentials);
        failures += got ? 0 : 1;
        const auto now = std::chrono::system_clock::now();
        expired += got && *(*got)->expires + 100ms < now ? 1 : 0;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(expired, 0);
}

}  // namespace
}  // namespace picus::aws
