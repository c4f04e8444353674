#pragma once

#include <optional>
#include <string>

#include "core/error.h"
#include "net/address.h"
#include "net/file_descriptor.h"

namespace picus::net {

/// A socket that accepts connections.
struct Listener {
  FileDescriptor socket;
  Address address;         ///< with the real port
  bool inherited = false;  ///< another process had it, and may have it still
};

/// The first listener of this process on a TCP address. Errors: already_exists (another process
/// listens there), invalid_parameter (may not be used).
Result<Listener> listen_on_tcp(const Address& address);
/// One more, beside those that this process has on the same address (SO_REUSEPORT).
Result<Listener> listen_beside(const Address& address);
/// Replaces a socket file that nobody listens on any more. Errors: already_exists (a process
/// answers there), invalid_parameter. `mode`: permissions; nothing: 0666 less the umask.
Result<Listener> listen_on_unix(const Address& address, std::optional<unsigned> mode);

/// Makes the kernel refuse new connections to a TCP listener silently, so that clients try again
/// later, while those under way still reach the accept queue. Undone with undo_ignore_new(), which
/// the other owners of the socket need.
void ignore_new(int listener);
void undo_ignore_new(int listener);

}  // namespace picus::net
