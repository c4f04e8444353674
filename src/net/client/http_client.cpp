#include "net/client/http_client.h"

#include <optional>
#include <utility>

#include "core/escaped.h"
#include "net/address.h"
#include "net/client/dialer.h"
#include "net/client/exchange.h"

namespace picus::net {

using Clock = Channel::Clock;

namespace {

constexpr std::size_t kPieceBytes = 64UZ * 1024;

struct Peer {
  ServerUrl server;
  std::string name;  // for messages
};

HttpClient::Got<Peer> parse_peer(const std::string& url) {
  if (auto server = ServerUrl::parse(url)) {
    std::string name = (server->tls ? "https://" : "http://") + server->authority;
    return Peer{std::move(*server), std::move(name)};
  }
  const auto address = Address::parse(url);
  if (address && address->is_unix()) {
    return Peer{{.unix_path = address->path(), .authority = "localhost"}, url};
  }
  return std::unexpected(
      "\"" + without_userinfo(url) +
      "\" is not the address of a server: give http://HOST:PORT, https://HOST or unix:/PATH.");
}

}  // namespace

struct HttpClient::State {
  State(Socket::Executor used_executor, Peer used_peer, std::chrono::milliseconds used_timeout,
        std::filesystem::path ca_bundle)
      : executor(std::move(used_executor)),
        peer(std::move(used_peer)),
        timeout(used_timeout),
        timer(DeadlineTimer::of(executor)),
        resolver(executor, {}),
        trust(std::move(ca_bundle)),
        room{executor, resolver, trust, timeout},
        dialer(room, peer.server),
        scratch(kPieceBytes, '\0') {}

  asio::awaitable<std::optional<std::string>> connect();
  [[nodiscard]] std::unexpected<std::string> broken(std::string_view why) const {
    return std::unexpected(peer.name + ": " + std::string(why) + ".");
  }
  [[nodiscard]] bool is_kept() const {
    return exchange && exchange->is_reusable() && channel->is_quiet();
  }

  Socket::Executor executor;
  Peer peer;
  std::chrono::milliseconds timeout;
  DeadlineTimer& timer;
  Resolver resolver;
  Trust trust;
  DialRoom room;
  Dialer dialer;
  std::string scratch;
  std::unique_ptr<Channel> channel;
  std::optional<Exchange> exchange;  // the last one on the channel
  bool is_read = false;              // the part of the body that arrived with the head
};

/// Nothing, or why there is no connection.
asio::awaitable<std::optional<std::string>> HttpClient::State::connect() {
  auto dialled = co_await dialer.dial(Clock::now() + timeout);
  if (!dialled) co_return std::move(dialled.error().message);  // broken() names the server
  exchange.reset();
  channel = std::move(*dialled);
  co_return std::nullopt;
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

HttpClient::Got<std::unique_ptr<HttpClient>> HttpClient::make(asio::any_io_executor executor,
                                                              const std::string& url,
                                                              std::chrono::milliseconds timeout,
                                                              std::filesystem::path ca_bundle) {
  auto peer = parse_peer(url);
  if (!peer) return std::unexpected(std::move(peer.error()));
  auto state = std::make_unique<State>(io_executor(executor), std::move(*peer), timeout,
                                       std::move(ca_bundle));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

asio::awaitable<HttpClient::Got<ResponseHead>> HttpClient::send(HttpRequest request) {
  State& state = *state_;
  bool kept_alive = state.is_kept();
  for (;;) {
    if (!kept_alive) {
      const auto fault = co_await state.connect();
      if (fault) co_return state.broken("no connection: " + *fault);
    }
    const ExchangeRoom room{*state.channel, state.timer, state.peer.server.authority,
                            state.scratch};
    state.exchange.emplace(room, &request, ExchangeTime{.wait = state.timeout}, std::nullopt);
    const auto fault = co_await state.exchange->begin();
    if (!fault) break;
    // A kept-alive connection that the server closed meanwhile says nothing about the server.
    const bool again = std::exchange(kept_alive, false) && request.stream == nullptr;
    if (!again) co_return state.broken(fault->message);
  }
  state.is_read = false;
  HttpResponse& response = state.exchange->response();
  co_return ResponseHead{.status = response.status, .headers = std::move(response.headers)};
}

asio::awaitable<HttpClient::Got<std::string_view>> HttpClient::read() {
  Exchange& exchange = *state_->exchange;
  std::string& piece = exchange.response().body;
  if (std::exchange(state_->is_read, true)) piece.clear();
  while (piece.empty() && !exchange.is_done()) {
    const auto fault = co_await exchange.read();
    if (fault) co_return state_->broken(fault->message);
  }
  co_return std::string_view(piece);
}

}  // namespace picus::net
