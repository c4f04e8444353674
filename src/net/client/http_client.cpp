#include "net/client/http_client.h"

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>

#include "net/address.h"
#include "net/client/answer_reader.h"
#include "net/client/dialer.h"
#include "net/deadline_timer.h"

namespace picus::net {

using boost::system::error_code;
using Clock = Channel::Clock;
using Outcome = Channel::Outcome;

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

/// What became of a request.
enum class Written : std::uint8_t {
  whole,
  part,        ///< an answer came early, or the connection failed
  sourceless,  ///< its body could not be read
};

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
  asio::awaitable<Written> write(const HttpRequest* request);
  asio::awaitable<Written> write_body(const HttpRequest* request);
  asio::awaitable<bool> send(std::string_view head, std::string_view body);
  asio::awaitable<error_code> read_more();
  asio::awaitable<error_code> read_head(bool to_head);
  [[nodiscard]] std::unexpected<Error> broken(std::string_view what, const std::string& why) const;
  [[nodiscard]] bool is_kept() {
    return reusable && reader && reader->is_reusable() && channel->is_quiet();
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
  std::optional<AnswerReader> reader;
  bool reusable = false;  // the last request was sent to its end
};

/// What is left of an answer on the wire.
class HttpClient::State::AnswerBody : public ByteStream {
 public:
  explicit AnswerBody(State& client) : client_(client) {}

  asio::awaitable<Result<std::string_view>> read() override {
    std::string& come = client_.reader->answer().body;  // at first, what came with the head
    if (std::exchange(given_, true)) come.clear();
    while (come.empty() && !client_.reader->is_done()) {
      const error_code error = co_await client_.read_more();
      if (error) {
        client_.reusable = false;
        co_return client_.broken("the response was truncated", error.message());
      }
    }
    co_return std::string_view(come);
  }

  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return client_.reader->content_length();
  }

 private:
  State& client_;
  bool given_ = false;
};

std::unexpected<Error> HttpClient::State::broken(std::string_view what,
                                                 const std::string& why) const {
  return failure(ErrorCode::store_unavailable,
                 peer.name + ": " + std::string(what) + ": " + why + ".");
}

/// Nothing, or why there is no connection.
asio::awaitable<std::optional<std::string>> HttpClient::State::connect() {
  auto dialled = co_await dialer.dial(Clock::now() + timeout);
  if (!dialled) co_return std::move(dialled.error().message);
  channel = std::move(*dialled);
  co_return std::nullopt;
}

/// False: there is an answer already, or no connection any more.
asio::awaitable<bool> HttpClient::State::send(std::string_view head, std::string_view body) {
  const auto deadline = Clock::now() + timeout;
  const DeadlineTimer::Guard guard(timer, channel->socket(), deadline);
  const Outcome outcome = co_await channel->send(head, body, deadline, Channel::Early::stop);
  co_return outcome == Outcome::done;
}

asio::awaitable<Written> HttpClient::State::write(const HttpRequest* request) {
  const std::string head = head_of(*request, peer.server.authority);
  const bool sent = co_await send(head, {});
  if (!sent) co_return Written::part;
  if (request->stream == nullptr) co_return Written::whole;
  co_return co_await write_body(request);
}

namespace {

/// The line before a chunk, with the end of the chunk before it.
std::string chunk_line(std::size_t bytes, bool first) {
  constexpr int kHexadecimal = 16;
  std::array<char, 2 * sizeof bytes> digits{};
  char* begin = digits.data();
  const char* end = std::to_chars(begin, begin + digits.size(), bytes, kHexadecimal).ptr;
  std::string line = first ? "" : "\r\n";
  return line.append(begin, static_cast<std::size_t>(end - begin)).append("\r\n");
}

}  // namespace

asio::awaitable<Written> HttpClient::State::write_body(const HttpRequest* request) {
  using asio::experimental::awaitable_operators::operator||;
  const bool chunked = !request->stream->size();
  for (bool first = true;; first = false) {
    auto piece_or_answer = request->stream->read() || channel->answered(Clock::time_point::max());
    const auto next = co_await std::move(piece_or_answer);
    // A body that never keeps us waiting leaves the wait for the answer no turn.
    if (next.index() != 0 || channel->has_answer()) co_return Written::part;
    const auto& piece = std::get<0>(next);
    if (!piece) co_return Written::sourceless;
    std::string line = chunked ? chunk_line(piece->size(), first) : std::string();
    if (chunked && piece->empty()) line.append("\r\n");
    const bool sent = co_await send(line, *piece);
    if (!sent) co_return Written::part;
    if (piece->empty()) co_return Written::whole;
  }
}

asio::awaitable<error_code> HttpClient::State::read_more() {
  namespace errc = boost::system::errc;
  const auto deadline = Clock::now() + timeout;
  const DeadlineTimer::Guard guard(timer, channel->socket(), deadline);
  std::size_t bytes = 0;
  const Outcome outcome = co_await channel->receive(scratch, &bytes, deadline);
  if (outcome == Outcome::done) co_return reader->take({scratch.data(), bytes});
  if (outcome == Outcome::ended) co_return reader->end();
  co_return errc::make_error_code(outcome == Outcome::overdue ? errc::timed_out
                                                              : errc::connection_reset);
}

asio::awaitable<error_code> HttpClient::State::read_head(bool to_head) {
  reader.emplace(std::nullopt, to_head);
  error_code error;
  while (!error && !reader->has_head()) error = co_await read_more();
  co_return error;
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
      if (fault) co_return state.broken("no connection", *fault);
    }
    const Written written = co_await state.write(&request);
    state.reusable = written == Written::whole;
    if (written == Written::sourceless) {
      co_return state.broken("the request was not sent", "its body could not be read");
    }
    // Even when the request could not be sent there may be an answer that says why.
    const error_code error = co_await state.read_head(request.method == "HEAD");
    if (!error) break;
    // A kept-alive connection that the server closed meanwhile says nothing about the server.
    const bool again = std::exchange(kept_alive, false) && request.stream == nullptr;
    state.reusable = false;
    if (!again) co_return state.broken("no response", error.message());
  }
  HttpResponse& answer = state.reader->answer();
  StreamedResponse response;
  response.status = answer.status;
  response.headers = std::move(answer.headers);
  response.body = std::make_unique<State::AnswerBody>(state);
  co_return response;
}

}  // namespace picus::net
