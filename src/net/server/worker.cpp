#include "net/server/worker.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "core/context_thread.h"

namespace picus::net {

namespace {

/// One thread runs the context, so the reactor needs no locks; others only post to it.
constexpr int kOneThread = BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO;

/// The first ones after many clients that came at once may find all places taken for a moment.
constexpr int kAdmissionTries = 4;

/// Connections beyond the limit that still get a 503.
std::size_t reserve(std::size_t limit) {
  constexpr std::size_t kLeast = 64;
  return std::max(limit / 8, kLeast);
}

}  // namespace

Worker::Worker(ServerContext& context)
    : context_(context),
      io_(kOneThread),
      guard_(io_.get_executor()),
      connections_(io_),
      timer_(DeadlineTimer::of(io_.get_executor())) {}

Worker::~Worker() = default;

void Worker::start() { thread_ = run_on_thread(io_, context_.log); }

bool Worker::join() {
  guard_.reset();
  if (context_.connections > 0) io_.stop();
  thread_.join();
  return connections_.empty();
}

void Worker::admit(FileDescriptor socket, Admission admission) {
  asio::dispatch(io_, [this, socket = std::move(socket), admission]() mutable {
    admit_here(std::move(socket), admission, kAdmissionTries);
  });
}

bool Worker::close_one(WaitingRoom::For first, WaitingRoom::For last) {
  const bool closed = buffers_.waiting().close_one(first, last);
  if (closed) context_.metrics.count(ServerMetrics::Connection::cut);
  return closed;
}

void Worker::admit_here(FileDescriptor socket, Admission admission, int tries) {
  const std::size_t limit = context_.options.max_connections;
  const std::size_t others = context_.connections++;
  const bool has_room =
      others < limit || close_one(WaitingRoom::For::handshake, WaitingRoom::For::request);
  // Beyond the limit are requests under way, and those that get a 503. Even there a new connection,
  // which may ask for health, counts for more than a client that has its response or fell silent in
  // a body.
  if (!has_room && others >= limit + reserve(limit) &&
      !close_one(WaitingRoom::For::end, WaitingRoom::For::body)) {
    context_.one_less(context_.connections);
    if (tries == 1) return context_.metrics.count(ServerMetrics::Connection::refused);
    // Requests that have arrived are served meanwhile: their connections can be closed after that.
    asio::post(io_, [this, socket = std::move(socket), admission, tries]() mutable {
      admit_here(std::move(socket), admission, tries - 1);
    });
    return;
  }
  if (!admission.trusted_host) {
    const int on = 1;
    ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  context_.metrics.count(has_room ? ServerMetrics::Connection::accepted
                                  : ServerMetrics::Connection::refused);
  admission.overloaded = !has_room;
  auto connection = std::make_unique<Connection>(context_, buffers_, io_.get_executor(), timer_,
                                                 std::move(socket), admission);
  connections_.add(*connection);
  context_.metrics.opened();
  asio::co_spawn(io_, serve(std::move(connection)),
                 [this](const std::exception_ptr& error) { finished(error); });
}

asio::awaitable<void> Worker::serve(std::unique_ptr<Connection> connection) {
  const auto owned = std::move(connection);
  co_await owned->serve();
}

void Worker::finished(const std::exception_ptr& error) {
  log_bug(error, context_.log);
  context_.metrics.closed();
  context_.one_less(context_.connections);
}

void Worker::stop_connections() {
  asio::post(io_,
             [this] { connections_.for_each([](Connection& connection) { connection.stop(); }); });
}

void Worker::cut_connections() {
  asio::post(io_, [this] {
    connections_.for_each([this](Connection& connection) {
      context_.metrics.count(ServerMetrics::Connection::cut);
      connection.cut();
    });
  });
}

}  // namespace picus::net
