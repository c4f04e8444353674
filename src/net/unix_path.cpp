#include "net/unix_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/concat.h"

namespace picus::net {

std::optional<UnixPath> UnixPath::of(const std::string& path) {
  UnixPath result(path);
  if (!result.fill(path)) return std::nullopt;
  return result;
}

bool UnixPath::fill(const std::string& path) {
  std::string text = path;
  if (text.size() >= sizeof address_.sun_path) {
    const std::filesystem::path whole(path);
    directory_.reset(::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) return false;
    text = concat("/proc/self/fd/", directory_.number(), "/", whole.filename().string());
  }
  if (text.size() >= sizeof address_.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, text.c_str(), text.size() + 1);
  return true;
}

const sockaddr* UnixPath::socket_address() const {
  return std::bit_cast<const sockaddr*>(&address_);
}

FileDescriptor UnixPath::bind(int type, std::optional<mode_t> mode) const {
  const std::string temporary = concat(path_, ".", ::getpid());
  const auto name = of(temporary);
  if (!name) return {};
  FileDescriptor socket(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  ::unlink(temporary.c_str());
  // The mode of a socket before bind(2) becomes that of its file, less the umask: never more than
  // the one that is asked for.
  constexpr mode_t kForAll = 0666;
  const bool listens =
      ::fchmod(socket.number(), mode.value_or(kForAll)) == 0 &&
      ::bind(socket.number(), name->socket_address(), name->socket_address_bytes()) == 0 &&
      (!mode || ::chmod(temporary.c_str(), *mode) == 0) &&
      ::listen(socket.number(), SOMAXCONN) == 0 && ::rename(temporary.c_str(), path_.c_str()) == 0;
  if (listens) return socket;
  const int error = errno;
  ::unlink(temporary.c_str());
  errno = error;
  return {};
}

}  // namespace picus::net
