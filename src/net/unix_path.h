#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <utility>

#include "core/file_descriptor.h"

namespace picus::net {

/// A path as the address of a Unix socket, of any length: a path that does not fit into the 108
/// bytes of an address is reached through a descriptor of its directory. After a failure, errno has
/// the reason.
class UnixPath {
 public:
  static std::optional<UnixPath> of(const std::string& path);

  [[nodiscard]] const sockaddr* socket_address() const;
  [[nodiscard]] socklen_t socket_address_bytes() const { return sizeof address_; }

  /// A listening socket with this path. An existing file is replaced atomically. `mode`: its
  /// permissions; without a value: 0666 without the bits of the umask.
  [[nodiscard]] FileDescriptor bind(int type, std::optional<mode_t> mode) const;

 private:
  explicit UnixPath(std::string path) : path_(std::move(path)) {}
  bool fill(const std::string& path);

  std::string path_;
  FileDescriptor directory_;
  sockaddr_un address_{};
};

}  // namespace picus::net
