#pragma once

#include <expected>
#include <optional>
#include <string>

#include "core/file_descriptor.h"
#include "net/address.h"

namespace picus::net {

/// A socket that accepts connections.
struct Listener {
  FileDescriptor socket;
  Address address;         ///< with the real port
  bool inherited = false;  ///< another process had it, and may still have it
};

/// Why a process cannot listen on an address.
struct ListenError {
  std::string message;  ///< for the user; with the address
  bool is_in_use;       ///< another process listens there
};

/// The first listener of this process on a TCP address.
std::expected<Listener, ListenError> listen_on_tcp(const Address& address);
/// A further listener of this process on the same address (SO_REUSEPORT).
std::expected<Listener, ListenError> listen_beside(const Address& address);
/// Replaces a socket file on which no process listens. `mode`: permissions; without a value: 0666
/// without the bits of the umask.
std::expected<Listener, ListenError> listen_on_unix(const Address& address,
                                                    std::optional<unsigned> mode);

/// Makes the kernel drop new connections to a TCP listener silently, so that clients retry, while
/// connections in progress still reach the accept queue. undo_ignore_new() reverts this for the
/// other owners of the socket.
void ignore_new(int listener);
void undo_ignore_new(int listener);

}  // namespace picus::net
