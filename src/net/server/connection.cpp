#include "net/server/connection.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include "api/accept.h"
#include "api/trace_headers.h"
#include "core/concat.h"

namespace picus::net {

namespace {

/// What a request takes besides the bytes of its response, which are only copied.
constexpr std::size_t kWorkOfARequest = 1024;
constexpr std::size_t kCopiedAtOnce = 4;
/// How long we read on behind a last answer, while the client sends on, and in all: data that meets
/// a closed socket makes the kernel send a reset, which can take the answer away from the client
/// (RFC 9112, 9.6). Many clients read it only after they have sent their whole body.
constexpr std::chrono::milliseconds kLingerSilence{1000};
constexpr std::chrono::seconds kLingerTime{30};
/// A client that sends as fast as we read must not keep the thread from all others.
constexpr std::size_t kLingerTurnBytes = 1024UZ * 1024;
/// A connection that came in just before the end gets so long to send its request.
constexpr std::chrono::milliseconds kLastCallTime{1000};

}  // namespace

Connection::Connection(ServerContext& context, ThreadBuffers& buffers,
                       const Socket::Executor& executor, DeadlineTimer& timer,
                       FileDescriptor socket, Admission admission)
    : context_(context),
      buffers_(buffers),
      transport_(executor, timer, std::move(socket)),
      seat_(transport_.socket()),
      began_(Socket::Clock::now()),
      admission_(admission) {}

Connection::~Connection() {
  if (space_) buffers_.give_back(std::move(space_));
}

asio::awaitable<void> Connection::serve() {
  auto end = admission_.tls ? co_await start_tls() : HeadEnd::complete;
  while (true) {
    if (end == HeadEnd::complete) end = co_await read_head();
    if (end == HeadEnd::over) co_return transport_.end_sending_now();
    if (end == HeadEnd::refused) {
      co_await write_refusal();
      co_return co_await linger(kMostAfterRefusal);
    }
    const bool stays = co_await exchange();
    if (!stays) co_return co_await linger(std::numeric_limits<std::uint64_t>::max());
  }
}

void Connection::stop() {
  if (waiting_) transport_.socket().stop_waiting();
}

void Connection::cut() { transport_.socket().cut(); }

asio::awaitable<Connection::HeadEnd> Connection::read_head() {
  if (!space_) space_ = buffers_.take_workspace();
  scanner_ = HeadScanner();
  if (std::exchange(turn_is_over_, false)) co_await let_others_run();
  while (true) {
    if (const auto end = judge_head()) co_return *end;
    if (const auto end = co_await wait_for_head()) co_return *end;
  }
}

/// What the bytes that are here make; nothing: more are needed.
std::optional<Connection::HeadEnd> Connection::judge_head() {
  const std::string_view bytes = space_->input.bytes();
  const auto state = scanner_.scan(bytes);
  if (state == HeadScanner::State::malformed) {
    return refuse(ErrorCode::bad_request,
                  "The head of the request is not HTTP/1.1: a line is malformed.");
  }
  if (scanner_.skipped_bytes() > kMaxSkippedBytes) {
    return refuse(ErrorCode::bad_request, "There are too many empty lines before the request.");
  }
  const bool complete = state == HeadScanner::State::complete;
  const std::size_t used =
      (complete ? scanner_.head_bytes() : bytes.size()) - scanner_.skipped_bytes();
  const std::size_t limit = context_.options.header_limit;
  if (!complete && scanner_.in_request_line() && used > std::min(limit, kMaxTargetBytes + 128)) {
    return refuse(ErrorCode::uri_too_long, "The request target is longer than 8192 bytes.");
  }
  if (used > limit) {
    return refuse(ErrorCode::headers_too_large,
                  concat("The head of the request is longer than ", limit, " bytes."));
  }
  if (!complete) return std::nullopt;
  began_ = Socket::Clock::now();
  fresh_ = false;
  auto parsed = parse_head(bytes.substr(scanner_.skipped_bytes(), used), space_->head);
  return parsed ? HeadEnd::complete : refuse(parsed.error().code(), parsed.error().message());
}

Connection::HeadEnd Connection::refuse(ErrorCode code, std::string message) {
  skim_head(space_->input.bytes().substr(scanner_.skipped_bytes()), space_->head);
  refusal_.emplace(code, std::move(message));
  return HeadEnd::refused;
}

Socket::Clock::time_point Connection::head_deadline() const {
  if (!waiting_) return began_ + context_.options.header_timeout;
  const ServerOptions& options = context_.options;
  if (context_.stopping) return Socket::Clock::now() + kLastCallTime;
  // Who connects has something to ask. Between requests a client may take its time.
  if (fresh_) return began_ + std::min(options.header_timeout, options.idle_timeout);
  return Socket::Clock::now() + options.idle_timeout;
}

/// Gets more bytes; the end of the connection, or of the request, if none come.
asio::awaitable<std::optional<Connection::HeadEnd>> Connection::wait_for_head() {
  const bool flushed = space_->output.empty() || co_await flush();
  if (!flushed) co_return HeadEnd::over;
  waiting_ = space_->input.empty();
  if (waiting_) buffers_.give_back(std::move(space_));
  const bool is_idle = waiting_ && !fresh_;
  // A request that is already here is served; nobody waits for another.
  const bool is_last_look = is_idle && context_.stopping;
  auto wake = Socket::Wake::stopped;
  if (!is_last_look) {
    buffers_.waiting().enter(seat_, is_idle ? WaitingRoom::For::request : WaitingRoom::For::head);
    wake = co_await transport_.readable(head_deadline());
    seat_.leave();
  }
  const bool began = std::exchange(waiting_, false);
  if (!space_) space_ = buffers_.take_workspace();
  turn_ = {};
  auto& input = space_->input;
  // Empty lines, which old clients send after a body, are no request.
  const bool has_begun = input.bytes().size() > scanner_.skipped_bytes();
  if (wake == Socket::Wake::cut) co_return HeadEnd::over;
  if (wake == Socket::Wake::overdue && !has_begun) co_return HeadEnd::over;
  if (wake == Socket::Wake::overdue) {
    co_return refuse(ErrorCode::request_timeout, "The head of the request did not arrive in time.");
  }
  if (began) began_ = Socket::Clock::now();
  if (input.space().empty()) input.make_room();
  std::size_t bytes = 0;
  switch (transport_.receive(input.space(), bytes)) {
    case Socket::Received::some:
      input.commit(bytes);
      co_return std::nullopt;
    case Socket::Received::nothing_yet:
      if (is_last_look) co_return HeadEnd::over;
      co_return std::nullopt;
    case Socket::Received::end:
      if (!has_begun) co_return HeadEnd::over;
      co_return refuse(ErrorCode::bad_request,
                       "The connection ended before the head of the request was complete.");
    case Socket::Received::failed:
      break;
  }
  co_return HeadEnd::over;
}

asio::awaitable<bool> Connection::flush() {
  auto& output = space_->output;
  std::array<iovec, 1> parts{part(output)};
  Pace pace(context_.options.write_timeout, context_.options.response_min_rate);
  const bool sent = co_await transport_.send(parts, &pace, transport_.bytes_sent());
  output.clear();
  co_return sent;
}

/// One request, from its parsed head to its answer. False: it was the last of this connection.
asio::awaitable<bool> Connection::exchange() {
  const RequestHead& head = space_->head;
  const ServerMetrics::ActiveRequest active(context_.metrics, head.method);
  std::optional<BodyStream> body;
  if (head.has_body()) {
    body.emplace(head, scanner_.head_bytes(), space_->input, transport_, seat_, buffers_,
                 context_.options);
  }
  // Answers to pipelined requests leave together, but none waits for a write or for a body.
  const bool reads = head.method == Method::get || head.method == Method::head;
  if (body || !reads) {
    const bool flushed = space_->output.empty() || co_await flush();
    if (!flushed) co_return false;
  }
  const std::uint64_t written_before = transport_.bytes_sent() + space_->output.size();
  Response response = co_await answer(body ? &*body : nullptr);
  const Delivery delivery{.http11 = head.http11,
                          .keep_alive = may_stay(response, body ? &*body : nullptr),
                          .gzip = accepts_gzip(head.headers)};
  const bool sent = co_await write(&response, delivery);
  const std::uint64_t bytes_in = scanner_.head_bytes() + (body ? body->bytes_received() : 0);
  const std::uint64_t bytes_out = transport_.bytes_sent() + space_->output.size() - written_before;
  log_access(response, bytes_in, bytes_out, !sent);
  turn_is_over_ = turn_.spend(kWorkOfARequest + bytes_out / kCopiedAtOnce);
  if (!sent) {
    transport_.socket().reset();
    co_return false;
  }
  if (!delivery.keep_alive) co_return false;
  if (!body) {
    space_->input.consume(scanner_.head_bytes());
    co_return true;
  }
  // What is left of the body may take its time: the response does not wait for it.
  const bool flushed = body->complete() || space_->output.empty() || co_await flush();
  if (!flushed) co_return false;
  const bool finished = co_await body->finish();
  if (finished) body->leave();
  co_return finished;
}

asio::awaitable<Response> Connection::answer(BodyStream* body) {
  const RequestHead& head = space_->head;
  const TraceContext trace = context_.api.trace(head.headers, began_);
  std::string what;
  try {
    co_return co_await context_.api.handle({.method = head.method,
                                            .target = head.target,
                                            .headers = head.headers,
                                            .body = body,
                                            .overloaded = admission_.overloaded,
                                            .host = head.host,
                                            .trusted_host = admission_.trusted_host,
                                            .trace = trace});
  } catch (const std::exception& exception) {
    what = exception.what();
  }
  Response response = bug(what, head.request_id());
  response.trace = trace;
  co_return response;
}

Response Connection::bug(std::string_view what, std::string_view request_id) {
  Response response =
      context_.api.problem(Error(ErrorCode::internal, "Internal error in the server."), request_id,
                           space_->head.headers);
  context_.log.write(Level::error, "bug", {{"what", what}, {"request_id", response.request_id()}});
  response.close = true;
  return response;
}

bool Connection::may_stay(const Response& response, BodyStream* body) const {
  const RequestHead& head = space_->head;
  if (!head.keep_alive || response.close || admission_.overloaded) return false;
  if (context_.stopping || context_.lifecycle.draining()) return false;
  // HTTP/1.0 has no chunks: the end of the connection is the end of a stream.
  const bool streams =
      !std::holds_alternative<std::string>(response.body) && !response.without_body;
  if (streams && !head.http11) return false;
  return body == nullptr || body->can_finish();
}

/// True: the whole answer is with the kernel, or is held back in the output.
asio::awaitable<bool> Connection::write(Response* response, Delivery delivery) {
  const ServerOptions& options = context_.options;
  ResponseWriter writer(transport_, buffers_, space_->output,
                        Pace(options.write_timeout, options.response_min_rate));
  auto* stream = std::get_if<std::unique_ptr<ByteStream>>(&response->body);
  if (stream != nullptr && !response->without_body) {
    // A store that fails at once can still be reported in full.
    const auto first = co_await (*stream)->read();
    if (first) {
      const auto end = co_await writer.write_stream(response, delivery, *first);
      co_return end == ResponseWriter::StreamEnd::sent;
    }
    Response problem =
        context_.api.problem(first.error(), response->request_id(), space_->head.headers);
    problem.route = response->route;
    problem.principal = std::move(response->principal);
    problem.trace = std::move(response->trace);
    *response = std::move(problem);
  }
  const bool more_requests = space_->input.bytes().size() > scanner_.head_bytes();
  const auto sent = writer.write_text(*response, delivery, delivery.keep_alive && more_requests);
  if (sent != Socket::Sent::some) co_return sent == Socket::Sent::all;
  co_return co_await writer.write_rest();
}

/// Answers what could not be read.
asio::awaitable<void> Connection::write_refusal() {
  const RequestHead& head = space_->head;
  Response response = context_.api.problem(std::move(*refusal_), head.request_id(), head.headers);
  if (head.method == Method::head) response.without_body = true;
  const std::uint64_t written_before = transport_.bytes_sent() + space_->output.size();
  const bool sent = co_await write(&response, {.http11 = true, .keep_alive = false, .gzip = false});
  log_access(response, space_->input.bytes().size(), transport_.bytes_sent() - written_before,
             !sent);
}

void Connection::log_access(const Response& response, std::uint64_t bytes_in,
                            std::uint64_t bytes_out, bool aborted) {
  const auto now = Socket::Clock::now();
  AccessRecord record = response.access_record();
  record.method = space_->head.method_text;
  record.bytes_in = bytes_in;
  record.bytes_out = bytes_out;
  record.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
  record.aborted = aborted;
  record.http_version = space_->head.http11 ? "1.1" : "1.0";
  describe(record, space_->head.headers);
  context_.log.access(record);
  began_ = now;  // of the next request, if it is here already
}

asio::awaitable<void> Connection::linger(std::uint64_t most_bytes) {
  const bool flushed = co_await flush();
  if (!flushed) co_return;
  buffers_.give_back(std::move(space_));
  co_await drop_rest(most_bytes);
}

/// Some, if more may be here.
Socket::Received Connection::drop_some(std::uint64_t* left) {
  const std::uint64_t turn_end = *left - std::min<std::uint64_t>(*left, kLingerTurnBytes);
  auto outcome = Socket::Received::some;
  while (outcome == Socket::Received::some && *left > turn_end) {
    std::size_t bytes = 0;
    outcome = transport_.receive(buffers_.waste(), bytes);
    *left -= std::min<std::uint64_t>(*left, bytes);
  }
  return outcome;
}

asio::awaitable<void> Connection::drop_rest(std::uint64_t most_bytes) {
  Pace pace(kLingerSilence);
  co_await transport_.end_sending(&pace);
  const auto end = Socket::Clock::now() + kLingerTime;
  while (most_bytes > 0 && Socket::Clock::now() < end) {
    const auto outcome = drop_some(&most_bytes);
    const bool is_open =
        outcome == Socket::Received::some || outcome == Socket::Received::nothing_yet;
    if (!is_open) co_return;
    const auto deadline = std::min(end, Socket::Clock::now() + kLingerSilence);
    buffers_.waiting().enter(seat_, WaitingRoom::For::end);
    const auto wake = co_await transport_.readable(deadline);
    seat_.leave();
    if (wake != Socket::Wake::ready) co_return;
  }
}

}  // namespace picus::net
