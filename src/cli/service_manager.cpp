#include "cli/service_manager.h"

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "core/file_descriptor.h"
#include "core/last_error.h"
#include "net/unix_path.h"

namespace picus::cli {
namespace {

/// After a failure, errno has the reason.
bool send_to(const std::string& path, std::string_view text) {
  const auto address = net::UnixPath::of(path);
  if (!address) return false;
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket && ::sendto(socket.number(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                            address->socket_address(), address->socket_address_bytes()) >= 0;
}

}  // namespace

void report_readiness(const Environment& environment, Log& log) {
  const auto variable = environment.find("NOTIFY_SOCKET");
  if (variable == environment.end() || variable->second.empty()) return;
  if (send_to(variable->second, "READY=1")) return;
  log.write(Level::warning, "readiness-not-reported",
            {{"detail", "NOTIFY_SOCKET: " + variable->second + ": " + last_error()}});
}

}  // namespace picus::cli
