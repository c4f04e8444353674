#include "net/client/resolver.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <utility>

#include "net/client/dns_lookup.h"

namespace picus::net {

namespace {

using Clock = Socket::Clock;
using namespace std::chrono_literals;

constexpr auto kStalePatience = 200ms;  // for a new answer, where there is an old one
constexpr auto kRetryPause = 1s;        // after a failure, where there is an old answer

class Waiter;

/// What is known of a name.
struct Entry {
  std::vector<Address> addresses;
  Clock::time_point good_until{};
  Clock::time_point ask_again{};
  bool asking = false;
  std::string fault;  // of the last lookup
  std::vector<Waiter*> waiters;
};

/// One who waits for a lookup to end.
class Waiter {
 public:
  Waiter(const Socket::Executor& executor, std::shared_ptr<Entry> entry)
      : timer_(executor), entry_(std::move(entry)) {
    entry_->waiters.push_back(this);
  }
  ~Waiter() { std::erase(entry_->waiters, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  asio::awaitable<void> wait(Clock::time_point deadline) {
    boost::system::error_code ignored;
    timer_.expires_at(deadline);
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  void wake() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<Entry> entry_;
};

void note(Entry& entry, DnsAnswer answer) {
  const auto now = Clock::now();
  entry.asking = false;
  entry.fault = std::move(answer.fault);
  if (!answer.addresses.empty() || answer.refused) {
    entry.addresses = std::move(answer.addresses);
    entry.good_until = now + answer.ttl;
  } else {
    entry.ask_again = now + kRetryPause;
  }
  for (Waiter* waiter : entry.waiters) waiter->wake();
}

}  // namespace

struct Resolver::State {
  State(Socket::Executor used_executor, std::string used_name_servers)
      : executor(std::move(used_executor)), name_servers(std::move(used_name_servers)) {}

  Socket::Executor executor;
  std::string name_servers;
  std::map<std::string, std::shared_ptr<Entry>> entries;

  /// Goes on when those who asked have given up: the answer is for the next ones.
  static asio::awaitable<void> ask(std::shared_ptr<State> state, std::shared_ptr<Entry> entry,
                                   std::string host) {
    DnsAnswer answer = co_await look_up(state->executor, std::move(host), state->name_servers);
    note(*entry, std::move(answer));
  }
};

Resolver::Resolver(Socket::Executor executor, std::string name_servers)
    : state_(std::make_shared<State>(std::move(executor), std::move(name_servers))) {}

Resolver::~Resolver() = default;

namespace {

std::vector<Address> with_port(const std::vector<Address>& addresses, unsigned port) {
  std::vector<Address> found;
  found.reserve(addresses.size());
  for (const Address& address : addresses) {
    found.push_back(Address::of(*address.socket_address(), port));
  }
  return found;
}

}  // namespace

asio::awaitable<std::expected<std::vector<Address>, std::string>> Resolver::resolve(
    ServerUrl server, Clock::time_point deadline) {
  if (const auto literal = server.literal_address()) {
    co_return std::vector<Address>{*Address::parse(*literal)};
  }
  const std::shared_ptr<State> state = state_;
  std::shared_ptr<Entry>& kept = state->entries[server.host];
  if (!kept) kept = std::make_shared<Entry>();
  const std::shared_ptr<Entry> entry = kept;
  const auto now = Clock::now();
  const bool stale = !entry->addresses.empty();
  if (stale && now < std::max(entry->good_until, entry->ask_again)) {
    co_return with_port(entry->addresses, server.port);
  }
  if (!entry->asking) {
    entry->asking = true;
    asio::co_spawn(state->executor, State::ask(state, entry, server.host),
                   [entry](const std::exception_ptr& error) {
                     if (error) note(*entry, {.fault = "the lookup failed"});
                   });
  }
  Waiter waiter(state->executor, entry);
  co_await waiter.wait(stale ? std::min(deadline, now + kStalePatience) : deadline);
  if (!entry->addresses.empty()) co_return with_port(entry->addresses, server.port);
  co_return std::unexpected(server.host + ": " +
                            (entry->asking ? "the name servers did not respond" : entry->fault));
}

}  // namespace picus::net
