#include "net/server/server.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/algorithm/string/join.hpp>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "core/concat.h"
#include "core/last_error.h"
#include "net/address.h"
#include "net/server/acceptor.h"
#include "net/server/handover.h"
#include "net/server/listener.h"
#include "net/server/server_context.h"
#include "net/server/worker.h"

namespace picus::net {

namespace {

/// What a request that is with the Api when everything is cut may still take.
constexpr std::chrono::seconds kUnwindTime{2};
constexpr std::chrono::seconds kAcceptorTime{2};
/// TLS handshakes under way hold about 45 KB each, and their clients have shown nothing yet.
constexpr std::size_t kMaxHandshakes = 256;

unsigned cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

/// As many descriptors as the process may have.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max;
}

/// How many connections leave descriptors for the store, its pool and the log, and for those beyond
/// the limit that are answered 503.
std::size_t connections_within(std::size_t descriptors) {
  constexpr std::size_t kOthers = 256;
  return std::max(1UZ, (descriptors - std::min(kOthers, descriptors / 2)) / 9 * 8);
}

unsigned threads_of(const ServerOptions& options) {
  return options.threads > 0 ? options.threads : cores();
}

ino_t inode_of(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

std::expected<void, std::string> check_descriptor_limit(const ServerOptions& options) {
  // The store, the log, and some connections; an event loop for each thread, and its listeners.
  constexpr std::size_t kShared = 40;
  constexpr std::size_t kThread = 3;
  constexpr std::size_t kListener = 2;
  const std::size_t least =
      kShared + threads_of(options) * (kThread + kListener * options.listen.size());
  const std::size_t descriptors = raise_descriptor_limit();
  if (descriptors >= least) return {};
  return std::unexpected(concat("the limit of open files is ", descriptors,
                                ", which is too low to serve: raise it to ", least,
                                " or more (ulimit -n, or LimitNOFILE of systemd)"));
}

struct Server::State {
  State(Api& api, Log& log, const Lifecycle& lifecycle, ServerOptions server_options)
      : options(std::move(server_options)),
        context{.api = api,
                .log = log,
                .lifecycle = lifecycle,
                .options = options,
                .metrics = ServerMetrics(options.metrics)} {}

  std::expected<void, std::string> open_certificate();
  std::expected<std::vector<std::string>, std::string> bind_all();
  std::expected<std::vector<Listener>, ListenError> listeners_for(
      const Address& address, std::vector<Listener>& inherited) const;
  [[nodiscard]] std::filesystem::path handover_socket() const {
    return options.handover / options.handover_name;
  }
  [[nodiscard]] std::string explained(const ListenError& error) const;
  void accept_on(std::vector<Listener> listeners);
  void offer_listeners();
  void close_listeners();
  void close_listener(Acceptor& acceptor, bool served_elsewhere, bool owns_files);
  bool wait_until_gone(std::chrono::steady_clock::time_point deadline);
  bool end_threads();

  ServerOptions options;
  ServerContext context;
  std::shared_ptr<TlsCertificate> certificate;  ///< a scrape may outlive the server
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::vector<std::pair<std::string, ino_t>> unix_files;
  std::optional<Handover> handover;
  FileDescriptor tie;     ///< to the process whose listeners this one took over
  FileDescriptor beside;  ///< to a process that has other addresses, until it is handed on
  std::atomic<bool> hurried = false;
  bool running = false;
  bool abandoned = false;  ///< a coroutine may still come back
};

Server::Server(Api& api, Log& log, const Lifecycle& lifecycle, ServerOptions options)
    : state_(std::make_unique<State>(api, log, lifecycle, std::move(options))) {}

// Stopping throws where memory is short, and ends the process then: it holds nothing unsaved.
// NOLINTNEXTLINE(bugprone-exception-escape)
Server::~Server() {
  if (state_->running) stop(std::chrono::milliseconds(0));
  // A request that the Api never gave back still refers to its thread's things: they are left where
  // they are.
  if (state_->abandoned) static_cast<void>(state_.release());
}

std::expected<std::vector<std::string>, std::string> Server::start() {
  auto& state = *state_;
  const std::size_t descriptors = raise_descriptor_limit();
  if (const std::size_t most = connections_within(descriptors);
      state.options.max_connections > most) {
    state.options.max_connections = most;
    state.context.log.write(Level::warning, "descriptor-limit",
                            {{"descriptors", static_cast<std::int64_t>(descriptors)},
                             {"max_connections", static_cast<std::int64_t>(most)}});
  }
  const unsigned threads = threads_of(state.options);
  for (unsigned i = 0; i < threads; ++i) {
    state.workers.push_back(std::make_unique<Worker>(state.context));
  }
  if (auto opened = state.open_certificate(); !opened) return std::unexpected(opened.error());
  auto urls = state.bind_all();
  if (!urls) {
    state.acceptors.clear();
    return urls;
  }
  state.running = true;
  if (state.certificate) state.certificate->follow();
  for (auto& acceptor : state.acceptors) acceptor->start();
  if (!state.options.handover.empty()) state.offer_listeners();
  for (auto& worker : state.workers) worker->start();
  return urls;
}

std::expected<void, std::string> Server::State::open_certificate() {
  context.handshakes_per_thread = std::max(1UZ, kMaxHandshakes / workers.size());
  if (options.tls.cert.empty()) {
    const auto has_tls = [](const std::string& listen) { return listen.starts_with("tls:"); };
    if (std::ranges::none_of(options.listen, has_tls)) return {};
    return std::unexpected("An address with TLS needs a certificate.");
  }
  auto opened = TlsCertificate::open(options.tls, context.log);
  if (!opened) return std::unexpected(std::move(opened.error()));
  certificate = std::move(*opened);
  context.certificate = certificate.get();
  if (options.metrics != nullptr) add_certificate_metric(*options.metrics, certificate);
  return {};
}

std::expected<std::vector<std::string>, std::string> Server::State::bind_all() {
  Inheritance inheritance;
  if (!options.handover.empty()) inheritance = take_over(handover_socket());
  std::vector<std::string> urls;
  std::vector<std::string> kept;
  for (const auto& listen : options.listen) {
    const auto address = Address::parse(listen);
    if (!address) return std::unexpected(address.error());
    auto listeners = listeners_for(*address, inheritance.listeners);
    if (!listeners && !inheritance.tie && !options.handover.empty()) {
      // A follower of theirs has ended just now: they may only be taking the name back.
      inheritance = take_over(handover_socket());
      listeners = listeners_for(*address, inheritance.listeners);
    }
    if (!listeners) return std::unexpected(explained(listeners.error()));
    urls.push_back(listeners->front().address.url());
    if (listeners->front().inherited) kept.push_back(urls.back());
    accept_on(std::move(*listeners));
  }
  // Listeners that are configured no more close here, in this process; the other goes on with them.
  if (inheritance.tie) tell_kept(inheritance.tie, kept);
  if (kept.empty()) {
    beside = std::move(inheritance.tie);
    return urls;
  }
  tie = std::move(inheritance.tie);
  context.log.write(Level::info, "listeners-taken-over",
                    {{"from_pid", std::int64_t{inheritance.process}},
                     {"listeners", boost::algorithm::join(kept, " ")},
                     {"detail", "both processes serve now: stop the earlier one with kill -TERM " +
                                    std::to_string(inheritance.process)}});
  return urls;
}

/// Why an address that another process has was not handed over.
std::string Server::State::explained(const ListenError& error) const {
  if (!error.is_in_use || options.handover.empty()) return error.message;
  return error.message + " " + why_nothing_is_offered(handover_socket());
}

/// At least one for each thread; all that are inherited.
std::expected<std::vector<Listener>, ListenError> Server::State::listeners_for(
    const Address& address, std::vector<Listener>& inherited) const {
  std::vector<Listener> listeners;
  const std::string url = address.url();
  for (auto& listener : inherited) {
    if (listener.address.url() == url) listeners.push_back(std::move(listener));
  }
  std::erase_if(inherited, [](const Listener& listener) { return !listener.socket; });
  if (!listeners.empty() && address.is_unix() && options.socket_mode) {
    ::chmod(address.path().c_str(), *options.socket_mode);
  }
  if (listeners.empty()) {
    auto first =
        address.is_unix() ? listen_on_unix(address, options.socket_mode) : listen_on_tcp(address);
    if (!first) return std::unexpected(std::move(first.error()));
    listeners.push_back(std::move(*first));
  }
  while (!address.is_unix() && listeners.size() < workers.size()) {
    auto another = listen_beside(listeners.front().address);
    if (!another) return std::unexpected(std::move(another.error()));
    listeners.push_back(std::move(*another));
  }
  return listeners;
}

void Server::State::accept_on(std::vector<Listener> listeners) {
  std::vector<Worker*> all;
  all.reserve(workers.size());
  for (auto& worker : workers) all.push_back(worker.get());
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    // A TCP listener belongs to a thread; a unix socket has one listener only, for all threads in
    // turn.
    const bool is_unix = listeners[i].address.is_unix();
    if (is_unix) {
      unix_files.emplace_back(listeners[i].address.path(), inode_of(listeners[i].address.path()));
    }
    auto targets = is_unix ? all : std::vector{all[i % all.size()]};
    acceptors.push_back(
        std::make_unique<Acceptor>(context, std::move(targets), std::move(listeners[i])));
  }
}

void Server::State::offer_listeners() {
  std::vector<Handover::Offer> offers;
  offers.reserve(acceptors.size());
  for (const auto& acceptor : acceptors) {
    offers.push_back({acceptor->address().url(), acceptor->socket()});
  }
  handover.emplace(context.log, workers.front()->context().get_executor(), handover_socket(),
                   std::move(offers));
  if (beside) return handover->start_after(std::move(beside));
  if (handover->start()) return;
  const std::string why = last_error();
  context.log.write(Level::warning, "handover-unavailable", {{"detail", why}});
}

bool Server::is_followed() const { return state_->handover && state_->handover->is_followed(); }

bool Server::is_relied_on() const {
  if (is_followed()) return true;
  return std::ranges::any_of(state_->acceptors, [](const std::unique_ptr<Acceptor>& acceptor) {
    return !acceptor->address().is_local();
  });
}

bool Server::stop(std::chrono::milliseconds patience) {
  auto& state = *state_;
  if (!std::exchange(state.running, false)) return true;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  state.context.stopping = true;
  state.close_listeners();
  for (auto& worker : state.workers) worker->stop_connections();
  const bool in_peace = state.wait_until_gone(deadline);
  if (!in_peace) {
    for (auto& worker : state.workers) worker->cut_connections();
    state.hurried = false;
    state.wait_until_gone(std::chrono::steady_clock::now() + kUnwindTime);
  }
  state.abandoned = !state.end_threads();
  return in_peace;
}

void Server::State::close_listeners() {
  const bool last = !handover || handover->holds_name() || handover->yields_name();
  const auto followed = handover ? handover->withdraw() : std::optional<std::vector<std::string>>();
  // A follower of a follower that is gone may have a socket's file, without this one's knowledge.
  const bool owns_files = last || followed;
  const bool tied = is_tied(tie);
  tie.reset();
  for (auto& acceptor : acceptors) {
    const bool is_followed =
        followed && std::ranges::find(*followed, acceptor->address().url()) != followed->end();
    close_listener(*acceptor, is_followed || (tied && acceptor->inherited()), owns_files);
  }
  std::unique_lock lock(context.mutex);
  context.changed.wait_for(lock, kAcceptorTime, [this] { return context.listeners == 0; });
}

void Server::State::close_listener(Acceptor& acceptor, bool served_elsewhere, bool owns_files) {
  if (served_elsewhere) return acceptor.stop(Acceptor::Waiting::leave);
  const auto is_own = [&acceptor](const auto& file) {
    return file.first == acceptor.address().path() && inode_of(file.first) == file.second;
  };
  if (owns_files && std::ranges::any_of(unix_files, is_own)) {
    ::unlink(acceptor.address().path().c_str());
  }
  acceptor.stop(Acceptor::Waiting::serve);
}

bool Server::State::wait_until_gone(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(context.mutex);
  context.changed.wait_until(lock, deadline,
                             [this] { return context.connections == 0 || hurried; });
  return context.connections == 0;
}

bool Server::State::end_threads() {
  bool all = true;
  for (auto& worker : workers) all = worker->join() && all;
  return all;
}

void Server::hurry() {
  const std::scoped_lock lock(state_->context.mutex);
  state_->hurried = true;
  state_->context.changed.notify_all();
}

}  // namespace picus::net
