#include "net/server/listener.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>

#include "net/unix_path.h"

namespace picus::net {

namespace {

/// A process that is just ending holds its address for a moment longer.
constexpr int kBindTries = 10;
constexpr std::chrono::milliseconds kBetweenTries{50};

std::unexpected<ListenError> refused(const Address& address, int error) {
  const bool is_in_use = error == EADDRINUSE;
  const std::string why = is_in_use ? "another process is listening there"
                                    : std::error_code(error, std::generic_category()).message();
  return std::unexpected(ListenError{
      .message = "Cannot listen on " + address.url() + ": " + why + ".", .is_in_use = is_in_use});
}

void switch_on(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

/// A bound socket; nothing: errno says why.
FileDescriptor bind_tcp(const Address& address, bool shared) {
  FileDescriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  switch_on(socket.number(), SOL_SOCKET, SO_REUSEADDR);
  if (shared) switch_on(socket.number(), SOL_SOCKET, SO_REUSEPORT);
  // `[::]` and `0.0.0.0` may both be configured.
  if (address.family() == AF_INET6) switch_on(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(socket.number(), address.socket_address(), address.socket_address_bytes()) != 0) {
    const int error = errno;
    socket.reset();
    errno = error;
  }
  return socket;
}

/// 0, or why this process cannot have the address for itself.
int try_alone(const Address& address) {
  for (int attempt = 1;; ++attempt) {
    if (bind_tcp(address, false)) return 0;
    if (errno != EADDRINUSE || attempt == kBindTries) return errno;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

/// Whether somebody accepts connections on a unix socket.
bool answers(const UnixPath& path) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return ::connect(socket.number(), path.socket_address(), path.socket_address_bytes()) == 0 ||
         errno == EAGAIN;
}

}  // namespace

std::expected<Listener, ListenError> listen_on_tcp(const Address& address) {
  // Another server of this user could share the port unnoticed, and answer with other data.
  if (address.port() != 0) {
    if (const int error = try_alone(address)) return refused(address, error);
  }
  return listen_beside(address);
}

std::expected<Listener, ListenError> listen_beside(const Address& address) {
  FileDescriptor socket = bind_tcp(address, true);
  if (!socket || ::listen(socket.number(), SOMAXCONN) != 0) return refused(address, errno);
  Address real = Address::of_socket(socket.number(), address.is_tls());
  return Listener{.socket = std::move(socket), .address = std::move(real)};
}

std::expected<Listener, ListenError> listen_on_unix(const Address& address,
                                                    std::optional<unsigned> mode) {
  const auto path = UnixPath::of(address.path());
  if (!path) return refused(address, errno);
  struct stat status{};
  if (::lstat(address.path().c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return refused(address, EEXIST);
    if (answers(*path)) return refused(address, EADDRINUSE);
  }
  auto socket = path->bind(SOCK_STREAM, mode);
  if (!socket) return refused(address, errno);
  return Listener{.socket = std::move(socket), .address = address};
}

void ignore_new(int listener) {
  // A filter sees segments from the TCP header on; byte 13 holds the flags: drop SYN without ACK.
  constexpr std::uint32_t kFlagsOffset = 13;
  constexpr std::uint32_t kSynAndAck = 0x12;
  constexpr std::uint32_t kSyn = 0x02;
  constexpr std::uint32_t kKeepAll = 0xffffffff;
  std::array<sock_filter, 5> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsOffset),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSynAndAck),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, kKeepAll),
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  ::setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void undo_ignore_new(int listener) {
  const int unused = 0;
  ::setsockopt(listener, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

}  // namespace picus::net
