#include "aws/credentials/cached_credentials.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "core/context_thread.h"
#include "core/log.h"

namespace picus::aws {
namespace {

using Time = std::chrono::system_clock::time_point;
using Duration = std::chrono::system_clock::duration;
using Held = std::shared_ptr<const Credentials>;

// What the SDKs do with credentials that live for hours.
constexpr std::chrono::minutes kAdvisory{15};
constexpr std::chrono::minutes kMandatory{10};
// Of those that live shorter, this part is left when the refreshing starts.
constexpr int kAdvisoryShare = 2;
constexpr int kMandatoryShare = 3;
// So often is a refresh tried within the window, while the old ones are valid: each minute, and
// each ten seconds.
constexpr int kAdvisoryTries = 15;
constexpr int kMandatoryTries = 60;

constexpr std::chrono::seconds kMaxPause{5};  // where there is nothing to give
constexpr std::chrono::minutes kPauseAfterExpired{1};
constexpr std::chrono::seconds kFetchTimeout{20};
constexpr std::string_view kMessage = "The server has no credentials for its store.";

bool same(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id && a.secret_access_key == b.secret_access_key &&
         a.session_token == b.session_token;
}

Duration advisory_window(Duration lifetime) {
  return std::min<Duration>(kAdvisory, lifetime / kAdvisoryShare);
}

Duration mandatory_window(Duration lifetime) {
  return std::min<Duration>(kMandatory, lifetime / kMandatoryShare);
}

}  // namespace

struct CachedCredentials::State {
  State(std::unique_ptr<CredentialsProvider> the_provider, Log& the_log, Clock the_clock)
      : log(the_log), clock(std::move(the_clock)), provider(std::move(the_provider)) {}

  Held ready();
  asio::awaitable<Result<Held>> wait_for_fetch(std::chrono::steady_clock::time_point deadline);
  void stop();

 private:
  // Under the mutex.
  void start_thread();
  void start_fetch_if_due(Time now);
  [[nodiscard]] bool is_usable() const;
  [[nodiscard]] bool seems_expired(Time now) const;
  void keep(Credentials credentials, Time now);
  void note_failure(std::string reason, Time now);

  // On the thread.
  void fetch();
  static asio::awaitable<Provided> ask(CredentialsProvider* provider);
  void take(Provided provided);
  void fetch_later();
  void fetch_or_wait_on();

 public:
  Log& log;
  Clock clock;

  // Under the mutex, for every thread.
  std::mutex mutex;
  Held current;
  Duration lifetime{};  // of `current`, from when it was fetched
  Time refresh_at;      // if it expires
  Time retry_at;        // no fetch before
  bool fetching = false;
  bool refused = false;   // `current`, by the service
  bool insisted = false;  // and the provider gave it again
  unsigned failures = 0;  // one after the other
  std::string last_reason;
  std::thread thread;

  // For the thread only. The provider outlives what runs in the context.
  std::unique_ptr<CredentialsProvider> provider;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  asio::steady_timer timer{context};
  std::list<asio::steady_timer*> waiters;
  bool stopping = false;
};

CachedCredentials::CachedCredentials(std::unique_ptr<CredentialsProvider> provider, Log& log,
                                     Clock clock)
    : state_(std::make_unique<State>(std::move(provider), log, std::move(clock))) {}

CachedCredentials::~CachedCredentials() {
  try {
    state_->stop();
  } catch (const std::exception& exception) {
    state_->log.write(Level::error, "bug", {{"what", exception.what()}});
  }
}

asio::awaitable<Result<Held>> CachedCredentials::get(
    std::chrono::steady_clock::time_point deadline) {
  if (Held held = state_->ready()) co_return held;
  co_return co_await asio::co_spawn(state_->context, state_->wait_for_fetch(deadline),
                                    asio::use_awaitable);
}

void CachedCredentials::invalidate(const Credentials& refused) {
  State& state = *state_;
  const std::scoped_lock lock(state.mutex);
  if (state.refused || !state.current || !same(*state.current, refused)) return;
  state.refused = true;
  state.insisted = false;
}

std::optional<std::chrono::seconds> CachedCredentials::remaining() const {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->current || !state_->current->expires) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*state_->current->expires - state_->clock());
}

/// What can be given out at once. Starts what is due meanwhile.
Held CachedCredentials::State::ready() {
  const std::scoped_lock lock(mutex);
  start_thread();
  const Time now = clock();
  start_fetch_if_due(now);
  // Fresh ones are waited for once. Where there are none, the service may take the old ones.
  const bool is_awaited = seems_expired(now) && fetching;
  return is_usable() && !is_awaited ? current : nullptr;
}

void CachedCredentials::State::start_thread() {
  if (!thread.joinable()) thread = run_on_thread(context, log);
}

bool CachedCredentials::State::is_usable() const { return current && (!refused || insisted); }

/// By this machine's clock, which may be ahead: the service is the judge.
bool CachedCredentials::State::seems_expired(Time now) const {
  return current && current->expires && now >= *current->expires;
}

void CachedCredentials::State::start_fetch_if_due(Time now) {
  const bool due = !current || refused || (current->expires && now >= refresh_at);
  if (!due || fetching || now < retry_at) return;
  fetching = true;
  asio::post(context, [this] { fetch(); });
}

void CachedCredentials::State::fetch() {
  asio::co_spawn(
      context, ask(provider.get()), [this](const std::exception_ptr& thrown, Provided provided) {
        if (thrown) {
          log.write(Level::error, "bug", {{"what", "a credentials provider threw an exception"}});
          provided =
              std::unexpected(ProviderError{.configured = true, .reason = "an internal error"});
        }
        take(std::move(provided));
      });
}

asio::awaitable<Provided> CachedCredentials::State::ask(CredentialsProvider* provider) {
  co_return co_await provider->fetch(std::chrono::steady_clock::now() + kFetchTimeout);
}

void CachedCredentials::State::take(Provided provided) {
  const Time now = clock();
  {
    const std::scoped_lock lock(mutex);
    fetching = false;
    if (provided) {
      keep(std::move(*provided), now);
    } else {
      note_failure(std::move(provided.error().reason), now);
    }
  }
  for (asio::steady_timer* const waiter : waiters) waiter->cancel();
  fetch_later();
}

void CachedCredentials::State::keep(Credentials credentials, Time now) {
  insisted = refused && current && same(credentials, *current);
  refused = insisted;
  failures = 0;
  retry_at = insisted ? now + kMaxPause : now;
  if (credentials.expires) {
    lifetime = std::max<Duration>(*credentials.expires - now, Duration::zero());
    refresh_at = *credentials.expires - advisory_window(lifetime);
    if (lifetime == Duration::zero()) {
      retry_at = now + kPauseAfterExpired;
      log.write(
          Level::warning, "credentials-seem-expired",
          {{"advice", "check the clock of this machine; the credentials are used nevertheless"}});
    }
  }
  current = std::make_shared<const Credentials>(std::move(credentials));
}

void CachedCredentials::State::note_failure(std::string reason, Time now) {
  ++failures;
  last_reason = std::move(reason);
  Level level = Level::error;
  Duration pause = std::min<Duration>(std::chrono::seconds(1) * failures, kMaxPause);
  if (is_usable() && current->expires && !seems_expired(now)) {
    const bool urgent = *current->expires - now <= mandatory_window(lifetime);
    level = urgent ? Level::error : Level::warning;
    pause = urgent ? mandatory_window(lifetime) / kMandatoryTries
                   : advisory_window(lifetime) / kAdvisoryTries;
  }
  retry_at = now + pause;
  log.write(level, "credentials-not-renewed", {{"detail", last_reason}});
}

/// Old ones are refreshed though nobody asks for them.
void CachedCredentials::State::fetch_later() {
  Duration pause{};
  {
    const std::scoped_lock lock(mutex);
    const Time now = clock();
    if (!is_usable() || !current->expires) return;
    pause = std::max(refresh_at, retry_at) - now;
  }
  timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(pause));
  timer.async_wait([this](boost::system::error_code error) {
    if (!error) fetch_or_wait_on();
  });
}

/// The timer's clock and the one that credentials expire by may have gone apart.
void CachedCredentials::State::fetch_or_wait_on() {
  {
    const std::scoped_lock lock(mutex);
    start_fetch_if_due(clock());
    if (fetching) return;
  }
  fetch_later();
}

asio::awaitable<Result<Held>> CachedCredentials::State::wait_for_fetch(
    std::chrono::steady_clock::time_point deadline) {
  bool under_way = false;
  {
    const std::scoped_lock lock(mutex);
    under_way = fetching;
  }
  if (under_way && !stopping) {
    asio::steady_timer done(context, deadline);
    const auto place = waiters.insert(waiters.end(), &done);
    boost::system::error_code error;
    co_await done.async_wait(asio::redirect_error(asio::use_awaitable, error));
    waiters.erase(place);
  }
  const std::scoped_lock lock(mutex);
  if (is_usable()) co_return current;
  co_return failure(ErrorCode::store_unavailable, std::string(kMessage),
                    fetching ? "credentials: no response within the request's deadline"
                             : "credentials: " + last_reason);
}

void CachedCredentials::State::stop() {
  {
    const std::scoped_lock lock(mutex);
    if (!thread.joinable()) return;
  }
  asio::post(context, [this] {
    stopping = true;
    for (asio::steady_timer* const waiter : waiters) waiter->cancel();
    // Behind the waiters, who are resumed first.
    asio::post(context, [this] { context.stop(); });
  });
  thread.join();
}

}  // namespace picus::aws
