#include "net/http_client.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "net/address.h"
#include "net/unix_path.h"

namespace picus::net {

namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::generic::stream_protocol;
using Stream = beast::basic_stream<Protocol>;
using boost::system::error_code;

namespace {

constexpr std::size_t kPieceBytes = 64UZ * 1024;

struct Peer {
  Address address;
  std::string host;  // the Host header
  std::string name;  // for messages
};

Result<Peer> parse_peer(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const bool is_tcp = url.starts_with(kScheme);
  std::string authority = is_tcp ? url.substr(kScheme.size()) : url;
  if (is_tcp && authority.ends_with('/')) authority.pop_back();
  const bool has_port = authority.rfind(':') != std::string::npos && !authority.ends_with(']');
  const auto address = Address::parse(is_tcp && !has_port ? authority + ":80" : authority);
  if (!address || address->is_unix() == is_tcp) {
    return failure(ErrorCode::invalid_parameter,
                   "\"" + url +
                       "\" is no address of a server: give http://HOST:PORT, where HOST is an IP "
                       "address or localhost, or unix:/PATH.");
  }
  return Peer{*address, is_tcp ? authority : "localhost",
              is_tcp ? kScheme.data() + authority : url};
}

}  // namespace

namespace {

/// A request with a body, on its way.
struct Upload {
  explicit Upload(ByteStream* used_body) : body(used_body) {}
  http::request<http::buffer_body> message;
  http::request_serializer<http::buffer_body> serializer{message};
  ByteStream* body;
};

}  // namespace

struct HttpClient::State {
  class AnswerBody;

  State(asio::any_io_executor used_executor, Peer used_peer, std::chrono::milliseconds used_timeout)
      : executor(std::move(used_executor)), peer(std::move(used_peer)), timeout(used_timeout) {}

  asio::awaitable<error_code> connect();
  asio::awaitable<error_code> write(const ClientRequest* request);
  asio::awaitable<error_code> write_bodiless(const ClientRequest* request);
  asio::awaitable<error_code> write_pieces(Upload* upload);
  asio::awaitable<void> readable();
  asio::awaitable<error_code> read_head(bool is_head);
  [[nodiscard]] std::unexpected<Error> broken(std::string_view what, error_code error) const;

  asio::any_io_executor executor;
  Peer peer;
  std::chrono::milliseconds timeout;
  std::optional<Stream> stream;
  beast::flat_buffer buffer;
  std::optional<http::response_parser<http::buffer_body>> parser;
  bool reusable = false;
};

/// What is left of an answer on the wire.
class HttpClient::State::AnswerBody : public ByteStream {
 public:
  explicit AnswerBody(State& client) : client_(client), piece_(kPieceBytes, '\0') {}

  asio::awaitable<Result<std::string_view>> read() override {
    auto& answer = *client_.parser;
    while (!answer.is_done()) {
      auto& body = answer.get().body();
      body.data = piece_.data();
      body.size = piece_.size();
      error_code error;
      client_.stream->expires_after(client_.timeout);
      co_await http::async_read_some(*client_.stream, client_.buffer, answer,
                                     asio::redirect_error(asio::use_awaitable, error));
      if (error && error != http::error::need_buffer) {
        client_.reusable = false;
        co_return client_.broken("the answer was cut", error);
      }
      const std::size_t bytes = piece_.size() - body.size;
      if (bytes > 0) co_return std::string_view(piece_.data(), bytes);
    }
    co_return std::string_view();
  }

  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    const auto length = client_.parser->content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
  }

 private:
  State& client_;
  std::string piece_;
};

namespace {

void set_head(http::request_header<>& head, const ClientRequest& request, const Peer& peer) {
  head.version(11);
  head.method_string(request.method);
  head.target(request.target);
  head.set(http::field::host, peer.host);
  for (const Header& header : request.headers) {
    head.insert({header.name.data(), header.name.size()},
                {header.value.data(), header.value.size()});
  }
}

}  // namespace

std::unexpected<Error> HttpClient::State::broken(std::string_view what, error_code error) const {
  return failure(ErrorCode::store_unavailable,
                 peer.name + ": " + std::string(what) + ": " + error.message() + ".");
}

asio::awaitable<error_code> HttpClient::State::connect() {
  stream.emplace(executor);
  buffer.clear();
  stream->expires_after(timeout);
  error_code error;
  if (peer.address.is_unix()) {
    const auto path = UnixPath::of(peer.address.path());
    if (!path) co_return error_code(errno, boost::system::system_category());
    const Protocol::endpoint endpoint(path->socket_address(), path->socket_address_bytes());
    co_await stream->async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }
  const Protocol::endpoint endpoint(peer.address.socket_address(),
                                    peer.address.socket_address_bytes());
  co_await stream->async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (!error) {
    stream->socket().set_option(asio::ip::tcp::no_delay(true), error);
  }
  co_return error;
}

asio::awaitable<void> HttpClient::State::readable() {
  error_code ignored;  // the read that follows meets the same error
  co_await stream->socket().async_wait(Protocol::socket::wait_read,
                                       asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<error_code> HttpClient::State::write_pieces(Upload* upload) {
  auto& body = upload->message.body();
  error_code error;
  while (!upload->serializer.is_done()) {
    const auto piece = co_await upload->body->read();
    if (!piece) co_return asio::error::operation_aborted;
    body.data = piece->empty() ? nullptr : const_cast<char*>(piece->data());
    body.size = piece->size();
    body.more = !piece->empty();
    stream->expires_after(timeout);
    co_await http::async_write(*stream, upload->serializer,
                               asio::redirect_error(asio::use_awaitable, error));
    if (error && error != http::error::need_buffer) co_return error;
  }
  co_return error_code();
}

asio::awaitable<error_code> HttpClient::State::write_bodiless(const ClientRequest* request) {
  http::request<http::empty_body> message;
  set_head(message, *request, peer);
  message.prepare_payload();
  error_code error;
  stream->expires_after(timeout);
  co_await http::async_write(*stream, message, asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

asio::awaitable<error_code> HttpClient::State::write(const ClientRequest* request) {
  using asio::experimental::awaitable_operators::operator||;
  if (request->body == nullptr) co_return co_await write_bodiless(request);
  Upload upload(request->body);
  set_head(upload.message, *request, peer);
  if (const auto size = request->body->size()) {
    upload.message.content_length(*size);
  } else {
    upload.message.chunked(true);
  }
  auto sent_or_answered = write_pieces(&upload) || readable();
  const auto first = co_await std::move(sent_or_answered);
  if (const error_code* error = std::get_if<0>(&first)) co_return *error;
  reusable = upload.serializer.is_done();
  co_return error_code();
}

asio::awaitable<error_code> HttpClient::State::read_head(bool is_head) {
  constexpr std::uint32_t kMaxHeadBytes = 64 * 1024;
  error_code error;
  do {  // interim answers (1xx) come before the real one
    parser.emplace();
    parser->header_limit(kMaxHeadBytes);
    parser->body_limit(boost::none);
    parser->skip(is_head);
    stream->expires_after(timeout);
    co_await http::async_read_header(*stream, buffer, *parser,
                                     asio::redirect_error(asio::use_awaitable, error));
  } while (!error && parser->get().result_int() / 100 == 1);
  co_return error;
}

std::string_view ClientResponse::header(std::string_view lower_case_name) const {
  const auto found =
      std::ranges::find(headers, lower_case_name, &std::pair<std::string, std::string>::first);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::make(asio::any_io_executor executor,
                                                     const std::string& url,
                                                     std::chrono::milliseconds timeout) {
  auto peer = parse_peer(url);
  if (!peer) return std::unexpected(std::move(peer.error()));
  auto state = std::make_unique<State>(std::move(executor), std::move(*peer), timeout);
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

asio::awaitable<Result<ClientResponse>> HttpClient::send(ClientRequest request) {
  State& state = *state_;
  bool kept_alive = state.reusable && state.parser->is_done();
  error_code error;
  for (;;) {
    if (!kept_alive) {
      error = co_await state.connect();
      if (error) co_return state.broken("no connection", error);
    }
    state.reusable = true;
    const error_code unsent = co_await state.write(&request);
    if (unsent == asio::error::operation_aborted) {
      state.reusable = false;
      co_return state.broken("the request was not sent", unsent);
    }
    // Even when the request could not be written there may be an answer that says why.
    error = co_await state.read_head(request.method == "HEAD");
    if (!error) break;
    // A kept-alive connection that the server closed meanwhile says nothing about the server.
    const bool again = std::exchange(kept_alive, false) && request.body == nullptr;
    state.reusable = false;
    if (!again) co_return state.broken("no answer", unsent ? unsent : error);
  }
  const auto& head = state.parser->get();
  state.reusable = state.reusable && head.keep_alive();
  ClientResponse response{.status = head.result_int(), .headers = {}, .body = nullptr};
  for (const auto& field : head) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    });
    response.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  response.body = std::make_unique<State::AnswerBody>(state);
  co_return response;
}

}  // namespace picus::net
