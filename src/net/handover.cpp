#include "net/handover.h"

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
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace picus::net {

using boost::system::error_code;

namespace {

// One packet brings the protocol's name and up to kBatch addresses, a line each, with as many
// descriptors; one with the name alone is the last.
constexpr std::string_view kProtocol = "picus-handover-1\n";
constexpr std::size_t kBatch = 16;
constexpr std::size_t kMaxPacketBytes = 128UZ * 1024;
constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};

std::string socket_path(const std::filesystem::path& directory) {
  return (std::filesystem::absolute(directory) / "handover").string();
}

bool is_same_user(int socket) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) return false;
  return peer.uid == ::geteuid();
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
    constexpr std::string_view kScheme = "http://";
    if (listen.starts_with(kScheme)) listen.erase(0, kScheme.size());
    auto address = Address::parse(listen);
    if (!address) return false;
    listeners.push_back({std::move(descriptor), std::move(*address)});
  }
  return rest.empty();
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

Inheritance take_over(const std::filesystem::path& directory) {
  Inheritance inheritance;
  FileDescriptor socket = connect_to(socket_path(directory));
  if (!socket) return inheritance;
  while (auto packet = receive_packet(socket.number())) {
    if (packet->descriptors.empty()) {
      inheritance.tie = std::move(socket);
      return inheritance;
    }
    if (!add_listeners(std::move(*packet), inheritance.listeners)) break;
  }
  // What came without an end is not to be relied on.
  inheritance.listeners.clear();
  return inheritance;
}

bool is_tied(const FileDescriptor& tie) {
  char byte = 0;
  // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): it does not wait.
  return tie && ::recv(tie.number(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

Handover::Handover(Log& log, const Wire::Executor& executor, std::filesystem::path directory,
                   std::vector<Offer> offers)
    : log_(log), path_(socket_path(directory)), offers_(std::move(offers)), socket_(executor) {}

Handover::~Handover() = default;

bool Handover::start() {
  const auto path = UnixPath::of(path_);
  if (!path) return false;
  FileDescriptor socket = path->bind(SOCK_SEQPACKET, 0600);
  if (!socket) return false;
  struct stat status{};
  if (::lstat(path_.c_str(), &status) == 0) inode_ = status.st_ino;
  socket_.assign(socket.release());
  asio::co_spawn(socket_.get_executor(), run(), [this](const std::exception_ptr& error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const std::exception& exception) {
      log_.write(Level::error, "bug", {{"what", exception.what()}});
    }
  });
  return true;
}

bool Handover::withdraw() {
  const std::scoped_lock lock(mutex_);
  withdrawn_ = true;
  asio::post(socket_.get_executor(), [this] {
    error_code error;
    socket_.close(error);
  });
  // The name may be a follower's by now.
  struct stat status{};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_) ::unlink(path_.c_str());
  const bool followed = std::ranges::any_of(followers_, is_tied);
  followers_.clear();
  return followed;
}

asio::awaitable<void> Handover::run() {
  while (socket_.is_open()) {
    const std::tuple<error_code> result =
        co_await socket_.async_wait(Socket::wait_read, asio::as_tuple(asio::deferred));
    if (std::get<0>(result)) continue;
    const int follower =
        ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (follower >= 0) hand_over(FileDescriptor(follower));
  }
}

void Handover::hand_over(FileDescriptor follower) {
  if (!is_same_user(follower.number())) return;
  const std::scoped_lock lock(mutex_);
  std::erase_if(followers_, [](const FileDescriptor& former) { return !is_tied(former); });
  // After withdraw() has said who follows, nobody else does.
  if (withdrawn_ || !send_offers(follower.number())) return;
  log_.write(Level::info, "listeners shared",
             {{"listeners", static_cast<std::int64_t>(offers_.size())}});
  followers_.push_back(std::move(follower));
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
