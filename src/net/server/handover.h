#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/log.h"
#include "net/server/listener.h"
#include "net/socket.h"
#include "net/unix_path.h"

namespace picus::net {

/// Listeners that an earlier process on this machine shares with this one, and a socket to that
/// process, the tie. While the tie is open, each process relies on the other to serve the accept
/// queues of the listeners that both have.
struct Inheritance {
  std::vector<Listener> listeners;
  FileDescriptor tie;
  pid_t process = 0;  ///< the earlier process
};

/// Requests the listeners from the process that offers them at this socket, if there is one. Takes
/// at most two seconds.
Inheritance take_over(const std::filesystem::path& socket);

/// Why no listeners were received at this socket, as a sentence for the user who starts this
/// process.
std::string why_nothing_is_offered(const std::filesystem::path& socket);

/// Reports to the earlier process which of its addresses this process serves.
void tell_kept(const FileDescriptor& tie, const std::vector<std::string>& urls);

/// Whether the process at the other end still serves.
bool is_tied(const FileDescriptor& tie);

/// Offers the listeners of this process at a Unix socket, to processes of the same user.
class Handover {
 public:
  /// `log` and the sockets in `offers` outlive it.
  struct Offer {
    std::string url;
    int socket;
  };
  Handover(Log& log, const Socket::Executor& executor, std::filesystem::path socket,
           std::vector<Offer> offers);
  ~Handover();

  /// Takes over the name of the socket, and accepts requests there. Takes the name back when the
  /// follower that took it has ended. False: it failed; errno has the reason.
  bool start();
  /// For a process that serves none of the addresses of the earlier process: leaves the name to the
  /// earlier process, and takes it when that process and its followers have ended.
  void start_after(FileDescriptor tie);
  /// From any thread. Whether a following process finds this one.
  bool holds_name();
  /// From any thread. Whether the name is left to an earlier process that shares no listener with
  /// this one.
  bool yields_name();
  /// From any thread. Whether another process has taken listeners over and is still running.
  bool is_followed();
  /// From any thread. Ends the offer. Returns the addresses that running processes have taken over,
  /// or nothing if there is no such process.
  std::optional<std::vector<std::string>> withdraw();

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Socket::Executor>;

  struct Follower {
    Descriptor socket;
    std::vector<std::string> kept;  ///< until it reports them: all that were offered
    bool shares = false;            ///< it has reported some
  };

  void spawn(asio::awaitable<void> coroutine);
  asio::awaitable<void> run();
  asio::awaitable<void> watch(std::shared_ptr<Follower> follower);
  asio::awaitable<void> take_name_back();
  asio::awaitable<void> take_name_after(FileDescriptor tie);
  void hand_over(FileDescriptor newcomer);
  [[nodiscard]] bool send_offers(int follower) const;
  bool hear(Follower& follower);
  bool forget_if_gone(const std::shared_ptr<Follower>& follower);
  bool take_name();
  [[nodiscard]] bool has_name() const;

  Log& log_;
  std::string path_;
  std::vector<Offer> offers_;
  Descriptor socket_;
  Descriptor rival_;  ///< to the process that may have the name
  bool taking_back_ = false;
  std::mutex mutex_;
  ino_t inode_ = 0;  ///< under mutex_, as are the next
  std::vector<std::shared_ptr<Follower>> followers_;
  bool withdrawn_ = false;
  bool yields_ = false;
};

}  // namespace picus::net
