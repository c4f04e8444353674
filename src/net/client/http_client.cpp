#include "net/client/http_client.h"

#include <optional>
#include <utility>

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

Result<Peer> parse_peer(const std::string& url) {
  if (auto server = ServerUrl::parse(url)) {
    std::string name = (server->tls ? "https://" : "http://") + server->authority;
    return Peer{std::move(*server), std::move(name)};
  }
  const auto address = Address::parse(url);
  if (address && address->is_unix()) {
    return Peer{{.unix_path = address->path(), .authority = "localhost"}, url};
  }
  return failure(
      ErrorCode::invalid_parameter,
      "\"" + url +
          "\" is not the address of a server: give http://HOST:PORT, https://HOST or unix:/PATH.");
}

}  // namespace

struct HttpClient::State {
  class AnswerBody;

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
  [[nodiscard]] std::unexpected<Error> broken(std::string_view why) const {
    return failure(ErrorCode::store_unavailable, peer.name + ": " + std::string(why) + ".");
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
};

/// What is left of an answer on the wire.
class HttpClient::State::AnswerBody : public ByteStream {
 public:
  explicit AnswerBody(State& client) : client_(client) {}

  asio::awaitable<Result<std::string_view>> read() override {
    std::string& come = client_.exchange->response().body;  // at first, what came with the head
    if (std::exchange(given_, true)) come.clear();
    while (come.empty() && !client_.exchange->is_done()) {
      const auto fault = co_await client_.exchange->read();
      if (fault) co_return client_.broken(fault->message);
    }
    co_return std::string_view(come);
  }

  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return client_.exchange->content_length();
  }

 private:
  State& client_;
  bool given_ = false;
};

/// Nothing, or why there is no connection.
asio::awaitable<std::optional<std::string>> HttpClient::State::connect() {
  auto dialled = co_await dialer.dial(Clock::now() + timeout);
  if (!dialled) co_return std::move(dialled.error().message);
  exchange.reset();
  channel = std::move(*dialled);
  co_return std::nullopt;
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::make(asio::any_io_executor executor,
                                                     const std::string& url,
                                                     std::chrono::milliseconds timeout,
                                                     std::filesystem::path ca_bundle) {
  auto peer = parse_peer(url);
  if (!peer) return std::unexpected(std::move(peer.error()));
  auto state = std::make_unique<State>(io_executor(executor), std::move(*peer), timeout,
                                       std::move(ca_bundle));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

asio::awaitable<Result<StreamedResponse>> HttpClient::send(HttpRequest request) {
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
  HttpResponse& answer = state.exchange->response();
  StreamedResponse response;
  response.status = answer.status;
  response.headers = std::move(answer.headers);
  response.body = std::make_unique<State::AnswerBody>(state);
  co_return response;
}

}  // namespace picus::net
