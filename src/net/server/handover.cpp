#include "net/server/handover.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/concat.h"
#include "core/context_thread.h"

namespace picus::net {

using boost::system::error_code;

namespace {

// One packet brings the protocol's name and up to kBatch addresses, a line each, with as many
// descriptors; one with the name alone is the last.
constexpr std::string_view kProtocol = "picus-handover-1\n";
constexpr std::size_t kBatch = 16;
constexpr std::size_t kMaxPacketBytes = 128UZ * 1024;
constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};

std::string path_of(const std::filesystem::path& socket) {
  return std::filesystem::absolute(socket).lexically_normal().string();
}

/// The process at the other end; its number is 0 if it is not known.
ucred peer_of(int socket) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) return {};
  return peer;
}

bool is_same_user(int socket) {
  const ucred peer = peer_of(socket);
  return peer.pid != 0 && peer.uid == ::geteuid();
}

bool send_packet(int socket, std::string text, std::span<const int> descriptors) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kBatch * sizeof(int))> control{};
  iovec data = part(text);
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

/// A packet's text and descriptors; nothing: none came in time, or not one of ours.
struct Packet {
  std::string text;
  std::vector<FileDescriptor> descriptors;
};

std::optional<Packet> receive_packet(int socket) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kBatch * sizeof(int))> control{};
  Packet packet;
  packet.text.resize(kMaxPacketBytes);
  iovec data{packet.text.data(), packet.text.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto bytes = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    std::vector<int> numbers((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(numbers.data(), CMSG_DATA(header), numbers.size() * sizeof(int));
    for (const int number : numbers) packet.descriptors.emplace_back(number);
  }
  if (bytes <= 0) return std::nullopt;
  packet.text.resize(static_cast<std::size_t>(bytes));
  if (!packet.text.starts_with(kProtocol)) return std::nullopt;
  packet.text.erase(0, kProtocol.size());
  return packet;
}

/// Turns the lines of a packet and its descriptors into listeners.
bool add_listeners(Packet packet, std::vector<Listener>& listeners) {
  std::string_view rest = packet.text;
  for (auto& descriptor : packet.descriptors) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return false;
    std::string listen(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    constexpr std::string_view kPlain = "http://";
    constexpr std::string_view kTls = "https://";
    if (listen.starts_with(kPlain)) listen.erase(0, kPlain.size());
    if (listen.starts_with(kTls)) listen.replace(0, kTls.size(), "tls:");
    auto address = Address::parse(listen);
    if (!address) return false;
    listeners.push_back(
        {.socket = std::move(descriptor), .address = std::move(*address), .inherited = true});
  }
  return rest.empty();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

FileDescriptor connect_to(const std::string& name) {
  const auto path = UnixPath::of(name);
  if (!path) return {};
  FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const int result =
      ::connect(socket.number(), path->socket_address(), path->socket_address_bytes());
  if (result != 0 || !is_same_user(socket.number())) return {};
  return socket;
}

}  // namespace

Inheritance take_over(const std::filesystem::path& socket) {
  Inheritance inheritance;
  FileDescriptor tie = connect_to(path_of(socket));
  if (!tie) return inheritance;
  while (auto packet = receive_packet(tie.number())) {
    if (packet->descriptors.empty()) {
      inheritance.process = peer_of(tie.number()).pid;
      inheritance.tie = std::move(tie);
      return inheritance;
    }
    if (!add_listeners(std::move(*packet), inheritance.listeners)) break;
  }
  // What came without an end is not to be relied on.
  inheritance.listeners.clear();
  return inheritance;
}

std::string why_nothing_is_offered(const std::filesystem::path& socket) {
  const std::string path = path_of(socket);
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    return "No process offers a handover in " + std::filesystem::path(path).parent_path().string() +
           "; a process with the same directory would hand its listeners over.";
  }
  if (status.st_uid != ::geteuid()) {
    return concat("The process that offers a handover at ", path, " runs as user ", status.st_uid,
                  ", and this one as user ", ::geteuid(),
                  ": listeners are handed over only between processes of the same user.");
  }
  return "The process that offers a handover at " + path +
         " does not listen on this "
         "address. If it is the one in the way, stop it first, or start this one with the same "
         "--listen.";
}

void tell_kept(const FileDescriptor& tie, const std::vector<std::string>& urls) {
  std::string text(kProtocol);
  for (const std::string& url : urls) text += url + "\n";
  send_packet(tie.number(), std::move(text), {});
}

bool is_tied(const FileDescriptor& tie) {
  char byte = 0;
  // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): it does not wait.
  return tie && ::recv(tie.number(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

Handover::Handover(Log& log, const Socket::Executor& executor, std::filesystem::path socket,
                   std::vector<Offer> offers)
    : log_(log),
      path_(path_of(socket)),
      offers_(std::move(offers)),
      socket_(executor),
      rival_(executor) {}

Handover::~Handover() = default;

bool Handover::start() {
  if (!take_name()) return false;
  spawn(run());
  return true;
}

void Handover::start_after(FileDescriptor tie) {
  {
    const std::scoped_lock lock(mutex_);
    yields_ = true;
  }
  spawn(take_name_after(std::move(tie)));
}

void Handover::spawn(asio::awaitable<void> coroutine) {
  asio::co_spawn(socket_.get_executor(), std::move(coroutine),
                 [this](const std::exception_ptr& error) { log_bug(error, log_); });
}

bool Handover::take_name() {
  const std::scoped_lock lock(mutex_);
  if (withdrawn_) return true;
  const auto path = UnixPath::of(path_);
  if (!path) return false;
  FileDescriptor socket = path->bind(SOCK_SEQPACKET, 0600);
  if (!socket) return false;
  struct stat status{};
  if (::lstat(path_.c_str(), &status) == 0) inode_ = status.st_ino;
  error_code error;
  socket_.close(error);
  socket_.assign(socket.release());
  return true;
}

bool Handover::has_name() const {
  struct stat status{};
  return ::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_;
}

bool Handover::holds_name() {
  const std::scoped_lock lock(mutex_);
  return has_name();
}

bool Handover::yields_name() {
  const std::scoped_lock lock(mutex_);
  return yields_;
}

bool Handover::is_followed() {
  const std::scoped_lock lock(mutex_);
  return !followers_.empty();
}

std::optional<std::vector<std::string>> Handover::withdraw() {
  const std::scoped_lock lock(mutex_);
  withdrawn_ = true;
  // The name may be a follower's by now.
  if (has_name()) ::unlink(path_.c_str());
  std::optional<std::vector<std::string>> followed;
  for (const auto& follower : followers_) {
    if (!hear(*follower)) continue;
    if (!followed) followed.emplace();
    std::ranges::copy(follower->kept, std::back_inserter(*followed));
  }
  asio::post(socket_.get_executor(), [this] {
    error_code error;
    socket_.close(error);
    rival_.close(error);
    for (const auto& follower : followers_) follower->socket.close(error);
  });
  return followed;
}

asio::awaitable<void> Handover::run() {
  while (socket_.is_open()) {
    const std::tuple<error_code> result =
        co_await socket_.async_wait(Descriptor::wait_read, asio::as_tuple(asio::deferred));
    if (std::get<0>(result)) continue;
    const int newcomer =
        ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (newcomer >= 0) hand_over(FileDescriptor(newcomer));
  }
}

void Handover::hand_over(FileDescriptor newcomer) {
  if (!is_same_user(newcomer.number())) return;
  const std::scoped_lock lock(mutex_);
  // After withdraw() has said who follows, nobody else does.
  if (withdrawn_ || !send_offers(newcomer.number())) return;
  auto follower = std::make_shared<Follower>(
      Follower{.socket = Descriptor(socket_.get_executor(), newcomer.release()), .kept = {}});
  for (const Offer& offer : offers_) follower->kept.push_back(offer.url);
  followers_.push_back(follower);
  spawn(watch(std::move(follower)));
}

/// Until the follower, or this process, ends.
asio::awaitable<void> Handover::watch(std::shared_ptr<Follower> follower) {
  const auto watched = std::move(follower);
  do {
    const std::tuple<error_code> result =
        co_await watched->socket.async_wait(Descriptor::wait_read, asio::as_tuple(asio::deferred));
    if (std::get<0>(result)) co_return;
  } while (!forget_if_gone(watched));
  if (watched->shares) log_.write(Level::info, "handover-ended", {});
  if (!taking_back_) co_await take_name_back();
}

bool Handover::forget_if_gone(const std::shared_ptr<Follower>& follower) {
  const std::scoped_lock lock(mutex_);
  if (hear(*follower)) return false;
  std::erase(followers_, follower);
  return true;
}

/// Takes what a follower tells, without waiting. False: it is gone.
bool Handover::hear(Follower& follower) {
  for (;;) {
    errno = 0;
    const auto packet = receive_packet(follower.socket.native_handle());
    if (!packet) return errno == EAGAIN;
    follower.kept = lines_of(packet->text);
    if (follower.kept.empty() || std::exchange(follower.shares, true)) continue;
    log_.write(Level::info, "listeners-shared",
               {{"listeners", static_cast<std::int64_t>(offers_.size())}});
  }
}

/// Unless somebody who lives has the name.
asio::awaitable<void> Handover::take_name_back() {
  taking_back_ = true;
  while (socket_.is_open() && !holds_name()) {
    FileDescriptor rival = connect_to(path_);
    if (!rival) {
      if (!take_name()) log_.write(Level::warning, "handover-lost", {});
      break;
    }
    // A process that is just ending takes connections, and drops them.
    rival_.assign(rival.release());
    co_await rival_.async_wait(Descriptor::wait_read, asio::as_tuple(asio::deferred));
    const bool lives = rival_.is_open() && receive_packet(rival_.native_handle());
    error_code error;
    rival_.close(error);
    if (lives) break;
  }
  taking_back_ = false;
}

asio::awaitable<void> Handover::take_name_after(FileDescriptor tie) {
  FileDescriptor earlier = std::move(tie);
  while (earlier) {
    rival_.assign(earlier.release());
    // It sends nothing any more: what can be read is its end.
    const std::tuple<error_code> result =
        co_await rival_.async_wait(Descriptor::wait_read, asio::as_tuple(asio::deferred));
    if (std::get<0>(result)) co_return;
    error_code error;
    rival_.close(error);
    earlier = take_over(path_).tie;
    if (earlier) tell_kept(earlier, {});
  }
  {
    const std::scoped_lock lock(mutex_);
    yields_ = false;
  }
  if (take_name()) {
    log_.write(Level::info, "handover-name-taken", {});
    co_return co_await run();
  }
  log_.write(Level::warning, "handover-lost", {});
}

bool Handover::send_offers(int follower) const {
  for (std::size_t begin = 0; begin < offers_.size(); begin += kBatch) {
    std::string text(kProtocol);
    std::vector<int> descriptors;
    for (std::size_t i = begin; i < std::min(begin + kBatch, offers_.size()); ++i) {
      text += offers_[i].url + "\n";
      descriptors.push_back(offers_[i].socket);
    }
    if (!send_packet(follower, std::move(text), descriptors)) return false;
  }
  return send_packet(follower, std::string(kProtocol), {});
}

}  // namespace picus::net
