#include "issuers/issuer_keys.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "core/context_thread.h"
#include "core/pause.h"
#include "issuers/schedule.h"

namespace picus::issuers {
namespace {

using Clock = std::chrono::steady_clock;
using Fetched = std::expected<FetchedKeys, std::string>;

/// A clock that was set is noticed after so long.
constexpr std::chrono::minutes kLongestSleep{1};

net::HttpPool::Options pool_options(std::filesystem::path ca_bundle) {
  net::HttpPool::Options options;
  options.ca_bundle = std::move(ca_bundle);
  options.max_body_bytes = kMaxKeyResponseBytes;
  return options;
}

}  // namespace

/// An issuer whose keys are fetched. The mutex of State guards all but the last two.
struct IssuerKeys::Issuer {
  KeyLocation location;
  Schedule schedule = {};
  Keys keys = {};
  std::string text = {};                   // of `keys`; empty: there are none
  std::atomic<std::uint64_t> fetches = 0;  // that ended
  Fetched fetched = {};                    // for the thread: the result of the last one
};

struct IssuerKeys::State {
  State(Options used_options, Log& used_log)
      : options(std::move(used_options)), log(used_log), pool(pool_options(options.ca_bundle)) {}

  using Held = std::shared_ptr<Issuer>;

  [[nodiscard]] Schedule::Time now() const {
    return std::chrono::floor<std::chrono::milliseconds>(options.clock());
  }

  // Under the mutex.
  void start_thread();
  void wake();
  [[nodiscard]] Held fetched_issuer(const std::string& name) const;

  // On the thread.
  void begin_what_is_due();
  /// Returns when to look again.
  Schedule::Time begin_fetches(Schedule::Time time);
  void begin_fetch(const Held& issuer);
  asio::awaitable<void> fetch(Held issuer);
  void take(Issuer& issuer, Fetched fetched);
  void keep(Issuer& issuer, FetchedKeys fetched);
  void note_failure(Issuer& issuer, const std::string& reason);

  const Options options;
  Log& log;

  std::mutex mutex;
  Sets sets;  // guarded by mutex, like the next two
  std::vector<Held> issuers;
  std::thread thread;
  std::atomic<std::uint64_t> version = 0;
  Counters fetches;

  // For the thread only.
  net::HttpPool pool;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  asio::steady_timer timer{context};
};

IssuerKeys::IssuerKeys(Options options, Log& log)
    : state_(std::make_unique<State>(std::move(options), log)) {
  Registry* const metrics = state_->options.metrics;
  if (metrics == nullptr) return;
  state_->fetches = metrics->counters(
      {.name = "picus_auth_key_fetches_total", .help = "Fetches of the keys of an issuer."}, 2,
      [](std::size_t series) {
        return Labels{{.name = "result", .value = series == 0 ? "ok" : "failed"}};
      });
  metrics->readings({.name = "picus_auth_keys_age_seconds",
                     .help = "Time since the last successful fetch of the keys of an issuer.",
                     .kind = Metric::Kind::gauge,
                     .decimals = 3},
                    [this] { return ages(); });
}

/// Of the issuers with keys.
std::vector<Reading> IssuerKeys::ages() {
  std::vector<Reading> ages;
  const std::scoped_lock lock(state_->mutex);
  for (const State::Held& issuer : state_->issuers) {
    if (issuer->keys == nullptr) continue;
    ages.push_back({.labels = {{.name = "issuer", .value = issuer->location.issuer}},
                    .value = (state_->now() - issuer->schedule.fetched()).count()});
  }
  return ages;
}

IssuerKeys::~IssuerKeys() {
  state_->context.stop();
  if (state_->thread.joinable()) state_->thread.join();
}

void IssuerKeys::configure(Sets read, const std::vector<KeyLocation>& fetched) {
  State& state = *state_;
  const std::scoped_lock lock(state.mutex);
  std::vector<State::Held> issuers;
  for (const KeyLocation& location : fetched) {
    const auto same = std::ranges::find_if(
        state.issuers, [&](const State::Held& held) { return held->location == location; });
    issuers.push_back(same != state.issuers.end() ? *same : std::make_shared<Issuer>(location));
  }
  state.issuers = std::move(issuers);
  state.sets = std::move(read);
  ++state.version;
  if (state.options.in_advance && !state.issuers.empty()) state.wake();
}

IssuerKeys::Keys IssuerKeys::keys(const std::string& issuer) {
  State& state = *state_;
  const std::scoped_lock lock(state.mutex);
  if (const auto found = state.sets.find(issuer); found != state.sets.end()) return found->second;
  const State::Held held = state.fetched_issuer(issuer);
  return held != nullptr && held->schedule.is_current(state.now()) ? held->keys : nullptr;
}

asio::awaitable<auth::KeySource::Newer> IssuerKeys::newer_keys(std::string issuer) {
  State& state = *state_;
  State::Held held;
  std::uint64_t awaited = 0;
  {
    const std::scoped_lock lock(state.mutex);
    held = state.fetched_issuer(issuer);
    if (held == nullptr) {
      const auto found = state.sets.find(issuer);
      co_return Newer{.keys = found == state.sets.end() ? nullptr : found->second, .latest = true};
    }
    Schedule& schedule = held->schedule;
    const bool has_begun = schedule.is_fetching();
    awaited = held->fetches + (has_begun ? 1 : 0);
    // A fetch that has begun may have been answered before there was this key.
    const bool is_enough = has_begun && held->keys == nullptr;
    if (!is_enough && (schedule.is_due(state.now()) || schedule.demand(state.now()))) {
      ++awaited;
      state.wake();
    }
  }
  const auto is_over = [&held, awaited] { return held->fetches >= awaited; };
  const bool in_time = co_await wait_until(is_over, Clock::now() + state.options.max_wait);
  const std::scoped_lock lock(state.mutex);
  Newer newer{.keys = held->keys, .latest = in_time && !held->schedule.last_fetch_failed()};
  if (!held->schedule.holds(state.now())) newer = {.keys = nullptr, .latest = false};
  co_return newer;
}

std::uint64_t IssuerKeys::version() const { return state_->version; }

IssuerKeys::State::Held IssuerKeys::State::fetched_issuer(const std::string& name) const {
  const auto found = std::ranges::find_if(
      issuers, [&](const Held& issuer) { return issuer->location.issuer == name; });
  return found == issuers.end() ? nullptr : *found;
}

void IssuerKeys::State::start_thread() {
  if (!thread.joinable()) thread = run_on_thread(context, log);
}

void IssuerKeys::State::wake() {
  start_thread();
  asio::post(context, [this] { begin_what_is_due(); });
}

Schedule::Time IssuerKeys::State::begin_fetches(Schedule::Time time) {
  const std::scoped_lock lock(mutex);
  Schedule::Time next = time + kLongestSleep;
  for (const Held& issuer : issuers) {
    Schedule& schedule = issuer->schedule;
    if (schedule.is_due(time)) {
      schedule.begin(time);
      begin_fetch(issuer);
    } else if (!schedule.is_fetching()) {
      next = std::min(next, schedule.due());
    }
  }
  return next;
}

void IssuerKeys::State::begin_what_is_due() {
  const Schedule::Time time = now();
  timer.expires_after(begin_fetches(time) - time);
  timer.async_wait([this](boost::system::error_code error) {
    if (!error) begin_what_is_due();
  });
}

void IssuerKeys::State::begin_fetch(const Held& issuer) {
  // Its end is handled on a later turn of the thread, without the mutex of this one.
  asio::co_spawn(context, fetch(issuer), [this, issuer](const std::exception_ptr& thrown) {
    if (thrown) issuer->fetched = std::unexpected("an internal error");
    take(*issuer, std::move(issuer->fetched));
  });
}

asio::awaitable<void> IssuerKeys::State::fetch(Held issuer) {
  issuer->fetched = co_await fetch_keys(&pool, issuer->location);
}

void IssuerKeys::State::take(Issuer& issuer, Fetched fetched) {
  {
    const std::scoped_lock lock(mutex);
    if (fetched) {
      keep(issuer, std::move(*fetched));
    } else {
      note_failure(issuer, fetched.error());
    }
    ++issuer.fetches;
    fetches.add(fetched ? 0 : 1);
  }
  begin_what_is_due();
}

void IssuerKeys::State::keep(Issuer& issuer, FetchedKeys fetched) {
  const bool was_away = issuer.schedule.last_fetch_failed();
  const bool is_new = issuer.text != fetched.text;
  issuer.schedule.succeed(now(), fetched.fresh);
  if (is_new) {
    for (const std::string& why : fetched.keys.skipped()) {
      log.write(Level::warning, "key-not-used",
                {{"issuer", issuer.location.issuer}, {"detail", why}});
    }
    issuer.keys = std::make_shared<const auth::KeySet>(std::move(fetched.keys));
    issuer.text = std::move(fetched.text);
    ++version;
  }
  if (!is_new && !was_away) return;
  log.write(Level::info, "keys-fetched",
            {{"issuer", issuer.location.issuer},
             {"keys", static_cast<std::int64_t>(issuer.keys->size())},
             {"fresh_s", static_cast<std::int64_t>(fetched.fresh.count())}});
}

/// An issuer that cannot be reached is logged once, and once more when its last keys are too old.
void IssuerKeys::State::note_failure(Issuer& issuer, const std::string& reason) {
  const bool is_first = !issuer.schedule.last_fetch_failed();
  issuer.schedule.fail(now());
  const bool ends = issuer.keys != nullptr && !issuer.schedule.holds(now());
  if (ends) {
    issuer.keys = nullptr;
    issuer.text.clear();
    ++version;
  }
  if (!is_first && !ends) return;
  log.write(
      issuer.keys == nullptr ? Level::error : Level::warning, "keys-not-fetched",
      {{"issuer", issuer.location.issuer},
       {"detail", reason},
       {"keys", static_cast<std::int64_t>(issuer.keys == nullptr ? 0 : issuer.keys->size())}});
}

}  // namespace picus::issuers
