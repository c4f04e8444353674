#include "net/server/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <tuple>
#include <utility>

#include "core/context_thread.h"
#include "core/pause.h"

namespace picus::net {

using boost::system::error_code;

namespace {

constexpr int kAcceptsInARow = 16;
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
constexpr std::chrono::seconds kBetweenWarnings{10};
/// How long the last packet of a handshake may be under way when we stop.
constexpr std::chrono::milliseconds kHandshakeTime{50};

FileDescriptor open_reserve() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

int accept_one(int listener) {
  return ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

}  // namespace

Acceptor::Acceptor(ServerContext& context, std::vector<Worker*> workers, Listener listener)
    : context_(context),
      workers_(std::move(workers)),
      address_(std::move(listener.address)),
      number_(listener.socket.number()),
      inherited_(listener.inherited),
      socket_(workers_.front()->context().get_executor(), listener.socket.release()),
      reserve_(open_reserve()) {}

void Acceptor::start() {
  ++context_.listeners;
  asio::co_spawn(workers_.front()->context(), run(),
                 [this](const std::exception_ptr& error) { finished(error); });
}

void Acceptor::stop(Waiting waiting) {
  asio::post(workers_.front()->context(), [this, waiting] {
    stopping_ = true;
    waiting_ = waiting;
    error_code error;
    socket_.cancel(error);
  });
}

asio::awaitable<void> Acceptor::run() {
  while (!stopping_) {
    const std::tuple<error_code> result =
        co_await socket_.async_wait(Descriptor::wait_read, asio::as_tuple(asio::deferred));
    if (stopping_ || std::get<0>(result)) continue;
    if (!accept_waiting()) co_await pause(kPauseWithoutDescriptors);
  }
  if (waiting_ == Waiting::serve) co_await serve_waiting();
  error_code error;
  socket_.close(error);
}

/// Closing a listener resets what waits in its queue; so nothing must be left there.
asio::awaitable<void> Acceptor::serve_waiting() {
  if (!address_.is_unix()) {
    ignore_new(number_);
    accept_waiting();
    co_await pause(kHandshakeTime);
  }
  accept_waiting();
  if (!address_.is_unix()) undo_ignore_new(number_);
}

bool Acceptor::accept_waiting() {
  for (int accepted = 0; stopping_ || accepted < kAcceptsInARow; ++accepted) {
    FileDescriptor client(accept_one(number_));
    if (client) {
      workers_[turn_]->admit(std::move(client),
                             {.trusted_host = address_.is_unix(), .tls = address_.is_tls()});
      turn_ = (turn_ + 1) % workers_.size();
      continue;
    }
    if (errno == EAGAIN) return true;
    const bool out_of_room =
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    // Whoever is closed gives its descriptor back before the next attempt.
    if (out_of_room && !stopping_ && workers_.front()->make_room()) return true;
    if (out_of_room && !shed_one()) return false;
    // Whatever else goes wrong is that one connection's trouble (accept(2): pending network
    // errors).
    if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK) return false;
  }
  return true;
}

/// Lets one client know at once that there is no room for it, rather than let it wait. False: not
/// even that.
bool Acceptor::shed_one() {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_warning_ > kBetweenWarnings) {
    last_warning_ = now;
    context_.log.write(Level::warning, "descriptors-exhausted",
                       {{"connections", static_cast<std::int64_t>(context_.connections.load())}});
  }
  reserve_.reset();
  const bool shed = static_cast<bool>(FileDescriptor(accept_one(number_)));
  if (shed) context_.metrics.count(ServerMetrics::Connection::refused);
  reserve_ = open_reserve();
  errno = 0;
  return shed && reserve_;
}

void Acceptor::finished(const std::exception_ptr& error) {
  log_bug(error, context_.log);
  context_.one_less(context_.listeners);
}

}  // namespace picus::net
