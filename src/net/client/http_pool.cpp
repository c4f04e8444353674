#include "net/client/http_pool.h"

#include <algorithm>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/escaped.h"
#include "net/client/dialer.h"
#include "net/client/exchange.h"

namespace picus::net {

namespace {

using Clock = Channel::Clock;

constexpr std::size_t kScratchBytes = 64UZ * 1024;

struct KeptChannel {
  std::unique_ptr<Channel> channel;
  Clock::time_point dialled;
  Clock::time_point idle_since = {};
};

/// One origin, as one io_context knows it.
class OriginPool {
 public:
  OriginPool(DialRoom& room, std::string origin, ServerUrl server)
      : origin_(std::move(origin)), dialer_(room, std::move(server)) {}

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] Dialer& dialer() { return dialer_; }

  /// The connection that was used last, so that those which are not needed grow old.
  std::optional<KeptChannel> take_idle(const HttpPool::Options& options) {
    const auto now = Clock::now();
    while (!idle_.empty()) {
      KeptChannel last = std::move(idle_.back());
      idle_.pop_back();
      if (last.idle_since < now - options.idle_timeout) break;  // as are all before it
      const bool is_old = last.dialled < now - options.max_age;
      if (!is_old && last.channel->is_quiet()) return last;
    }
    idle_.clear();
    return std::nullopt;
  }

  void keep(KeptChannel kept, const HttpPool::Options& options) {
    const auto now = Clock::now();
    const bool full = idle_.size() >= options.max_idle;
    if (!idle_.empty() && (full || idle_.front().idle_since < now - options.idle_timeout)) {
      idle_.erase(idle_.begin());
    }
    kept.idle_since = now;
    const bool is_old = kept.dialled < now - options.max_age;
    if (!is_old && idle_.size() < options.max_idle) idle_.push_back(std::move(kept));
  }

  void close_idle() { idle_.clear(); }

 private:
  std::string origin_;
  Dialer dialer_;
  std::vector<KeptChannel> idle_;  // the longest idle one first
};

}  // namespace

struct HttpPool::State {
  explicit State(Options used_options)
      : options(std::move(used_options)), trust(options.ca_bundle) {}

  Options options;
  Trust trust;
};

namespace {

std::unexpected<TransportError> no_origin(const std::string& origin) {
  return std::unexpected(
      TransportError{.kind = TransportError::Kind::resolve,
                     .sent = false,
                     .message = "\"" + without_userinfo(origin) + "\" is not an origin"});
}

}  // namespace

/// A pool's part in one io_context.
class HttpPool::Local {
 public:
  Local(const Socket::Executor& executor, std::shared_ptr<State> state)
      : state_(std::move(state)),
        timer_(DeadlineTimer::of(executor)),
        resolver_(executor, state_->options.name_servers),
        room_{executor, resolver_, state_->trust, state_->options.connect_timeout},
        scratch_(kScratchBytes, '\0') {}

  [[nodiscard]] const State* state() const { return state_.get(); }
  void close_idle() {
    for (const auto& pool : pools_) pool->close_idle();
  }

  /// Nothing where `origin` is none.
  OriginPool* pool(const std::string& origin) {
    const auto found = std::ranges::find_if(
        pools_, [&](const std::unique_ptr<OriginPool>& pool) { return pool->origin() == origin; });
    if (found != pools_.end()) return found->get();
    auto server = ServerUrl::parse(origin);
    if (!server) return nullptr;
    pools_.push_back(std::make_unique<OriginPool>(room_, origin, std::move(*server)));
    return pools_.back().get();
  }

  asio::awaitable<std::expected<HttpResponse, TransportError>> send(HttpRequest request,
                                                                    Clock::time_point deadline) {
    OriginPool* pool = this->pool(request.origin);
    if (pool == nullptr) co_return no_origin(request.origin);
    std::optional<KeptChannel> kept;
    if (!request.dial_anew) kept = pool->take_idle(state_->options);
    const bool reused = kept.has_value();
    if (!reused) {
      auto dialled = co_await pool->dialer().dial(deadline);
      if (!dialled) co_return std::unexpected(std::move(dialled.error()));
      kept.emplace(std::move(*dialled), Clock::now());
    }
    const DeadlineTimer::Guard guard(timer_, kept->channel->socket(), deadline);
    Exchange exchange({*kept->channel, timer_, pool->dialer().server().authority, scratch_},
                      &request, {.end = deadline}, state_->options.max_body_bytes);
    auto fault = co_await exchange.begin();
    while (!fault && !exchange.is_done()) fault = co_await exchange.read();
    if (fault) {
      fault->reused = reused;
      // What closed this one has probably closed the others, and where a host has vanished, they
      // are as dead as this one.
      const bool is_late = fault->kind == TransportError::Kind::timeout;
      if (!is_late || reused) pool->close_idle();
      co_return std::unexpected(std::move(*fault));
    }
    HttpResponse response = std::move(exchange.response());
    if (exchange.is_reusable()) pool->keep(std::move(*kept), state_->options);
    co_return response;
  }

 private:
  std::shared_ptr<State> state_;
  DeadlineTimer& timer_;
  Resolver resolver_;
  DialRoom room_;
  std::string scratch_;
  std::vector<std::unique_ptr<OriginPool>> pools_;
};

/// All pools' parts in one io_context, which end with it.
class HttpPool::Service : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  explicit Service(asio::execution_context& context) : service(context) {}

  static Service& of(const Socket::Executor& executor) {
    asio::execution_context& context = executor.context();
    // Services end in the reverse of the order in which they began: this one before its timers.
    if (!asio::has_service<Service>(context)) DeadlineTimer::of(executor);
    return asio::use_service<Service>(context);
  }

  Local& local(const Socket::Executor& executor, const std::shared_ptr<State>& state) {
    for (const auto& local : locals_) {
      if (local->state() == state.get()) return *local;
    }
    locals_.push_back(std::make_unique<Local>(executor, state));
    return *locals_.back();
  }

 private:
  // Sockets close while the reactor is still there; coroutines that end now may use the rest.
  void shutdown() override {
    for (const auto& local : locals_) local->close_idle();
  }

  std::vector<std::unique_ptr<Local>> locals_;
};

HttpPool::HttpPool(Options options) : state_(std::make_shared<State>(std::move(options))) {}

HttpPool::~HttpPool() = default;

asio::awaitable<std::expected<HttpResponse, TransportError>> HttpPool::send(
    HttpRequest request, Clock::time_point deadline) {
  const Socket::Executor executor = io_executor(co_await asio::this_coro::executor);
  Local& local = Service::of(executor).local(executor, state_);
  co_return co_await local.send(std::move(request), deadline);
}

}  // namespace picus::net
