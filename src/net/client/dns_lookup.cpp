#include "net/client/dns_lookup.h"

#include <ares.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

#include "core/file_descriptor.h"
#include "net/deadline_timer.h"

namespace picus::net {

namespace {

using std::chrono::milliseconds;

constexpr int kFirstTimeoutMs = 400;  // doubled with each try
constexpr int kDnsTries = 3;
constexpr std::chrono::seconds kMaxTtl{300};
constexpr std::size_t kMaxEvents = 16;  // c-ares has at most as many sockets (ARES_GETSOCK_MAXNUM)

struct ChannelDeleter {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using AresChannel = std::unique_ptr<ares_channeldata, ChannelDeleter>;

/// What c-ares calls back with. Outlives the channel.
struct Query {
  DnsAnswer answer;
  bool done = false;
};

void take(DnsAnswer& answer, const ares_addrinfo& found) {
  std::chrono::seconds ttl = kMaxTtl;
  for (const auto* cname = found.cnames; cname != nullptr; cname = cname->next) {
    ttl = std::min(ttl, std::chrono::seconds(cname->ttl));
  }
  for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) {
    if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
    answer.addresses.push_back(Address::of(*node->ai_addr, 0));
    ttl = std::min(ttl, std::chrono::seconds(node->ai_ttl));
  }
  answer.ttl = std::max(ttl, std::chrono::seconds(0));
}

void take_result(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
  auto& query = *static_cast<Query*>(argument);
  query.done = true;
  if (found != nullptr) {
    take(query.answer, *found);
    ares_freeaddrinfo(found);
  }
  if (!query.answer.addresses.empty()) return;
  query.answer.refused = status == ARES_ENOTFOUND || status == ARES_ENODATA ||
                         status == ARES_EBADNAME || status == ARES_SUCCESS;
  query.answer.fault = status == ARES_SUCCESS ? "no address" : ares_strerror(status);
}

/// Keeps an epoll descriptor in step with the sockets that c-ares wants watched, so that there is
/// one descriptor to wait for.
void watch_socket(void* argument, ares_socket_t socket, int readable, int writable) {
  const int poll = *static_cast<const int*>(argument);
  epoll_event event{};
  event.events =
      (readable != 0 ? unsigned{EPOLLIN} : 0U) | (writable != 0 ? unsigned{EPOLLOUT} : 0U);
  event.data.fd = socket;
  if (event.events == 0) {
    ::epoll_ctl(poll, EPOLL_CTL_DEL, socket, nullptr);
  } else if (::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) != 0 && errno == EEXIST) {
    ::epoll_ctl(poll, EPOLL_CTL_MOD, socket, &event);
  }
}

AresChannel open_channel(const int* poll, const std::string& name_servers) {
  std::array<char, 3> lookups{"fb"};  // /etc/hosts first
  ares_options options{};
  options.timeout = kFirstTimeoutMs;
  options.tries = kDnsTries;
  options.lookups = lookups.data();
  options.sock_state_cb = watch_socket;
  options.sock_state_cb_data = const_cast<int*>(poll);
  ares_channel channel = nullptr;
  const int status = ares_init_options(
      &channel, &options,
      ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) return nullptr;
  AresChannel owned(channel);
  if (!name_servers.empty() &&
      ares_set_servers_ports_csv(channel, name_servers.c_str()) != ARES_SUCCESS) {
    return nullptr;
  }
  return owned;
}

milliseconds time_to_retry(ares_channel channel) {
  timeval left{};
  if (ares_timeout(channel, nullptr, &left) == nullptr) return milliseconds(kFirstTimeoutMs);
  // Rounded up: c-ares does nothing if it is asked too early.
  return milliseconds((left.tv_sec * 1000) + (left.tv_usec / 1000) + 1);
}

/// Lets c-ares read, write, and send again what was not answered in time.
void process(ares_channel channel, int poll) {
  std::array<epoll_event, kMaxEvents> events{};
  const int count = ::epoll_wait(poll, events.data(), kMaxEvents, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const bool writable = (event.events & EPOLLOUT) != 0;
    const bool readable = (event.events & ~unsigned{EPOLLOUT}) != 0;
    ares_process_fd(channel, readable ? event.data.fd : ARES_SOCKET_BAD,
                    writable ? event.data.fd : ARES_SOCKET_BAD);
  }
  if (count <= 0) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace

asio::awaitable<DnsAnswer> look_up(Socket::Executor executor, std::string host,
                                   std::string name_servers) {
  DeadlineTimer& timer = DeadlineTimer::of(executor);
  Query query;
  FileDescriptor created(::epoll_create1(EPOLL_CLOEXEC));
  if (!created) {
    query.answer.fault = std::system_category().message(errno);
    co_return std::move(query.answer);
  }
  const int poll = created.number();
  Socket socket(executor, std::move(created));
  const AresChannel channel = open_channel(&poll, name_servers);
  if (!channel) {
    query.answer.fault = "the name servers cannot be used";
    co_return std::move(query.answer);
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, take_result, &query);
  while (!query.done) {
    const auto until = Socket::Clock::now() + time_to_retry(channel.get());
    const DeadlineTimer::Guard guard(timer, socket, until);
    const auto wake = co_await socket.readable(until);
    if (wake == Socket::Wake::cut) {
      query.answer.fault = "interrupted";
      break;
    }
    process(channel.get(), poll);
  }
  co_return std::move(query.answer);
}

}  // namespace picus::net
