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
#include "net/unix_path.h"
#include "net/wire.h"

namespace picus::net {

/// Listeners that an earlier process of this machine shares with this one, and the tie to that
/// process: as long as it is open, each knows that the other serves what waits in the accept queues
/// of those listeners that both kept.
struct Inheritance {
  std::vector<Listener> listeners;
  FileDescriptor tie;
  pid_t process = 0;  ///< the earlier one
};

/// Asks the process that offers its listeners in this directory, if there is one. Takes two seconds
/// at most.
Inheritance take_over(const std::filesystem::path& directory);

/// Why no listeners come from this directory, in a sentence for the person who starts this process.
std::string why_nothing_is_offered(const std::filesystem::path& directory);

/// Tells the earlier process which of its addresses this one serves too.
void tell_kept(const FileDescriptor& tie, const std::vector<std::string>& urls);

/// Whether the process at the other end still serves.
bool is_tied(const FileDescriptor& tie);

/// Offers this process's listeners in a directory, to processes of the same user.
class Handover {
 public:
  /// `log` and what the numbers in `offer` stand for outlive it.
  struct Offer {
    std::string url;
    int socket;
  };
  Handover(Log& log, const Wire::Executor& executor, std::filesystem::path directory,
           std::vector<Offer> offers);
  ~Handover();

  /// Takes the directory's name from whoever had it, and answers there. When a follower that had
  /// the name in turn is gone, takes it back. False: errno says why it cannot.
  bool start();
  /// For a process that serves none of the earlier one's addresses: leaves it the name, and takes
  /// it when that process, and each that follows it, is gone.
  void start_after(FileDescriptor tie);
  /// From any thread. Whether a following process would find this one.
  bool holds_name();
  /// From any thread. Whether the name is left to an earlier process that it shares nothing with.
  bool yields_name();
  /// From any thread. Whether another process has taken listeners over and is there.
  bool is_followed();
  /// From any thread. Offers no more; the addresses that processes which are there have taken over,
  /// or nothing if there is no such process.
  std::optional<std::vector<std::string>> withdraw();

 private:
  using Socket = asio::posix::basic_stream_descriptor<Wire::Executor>;

  struct Follower {
    Socket socket;
    std::vector<std::string> kept;  ///< until it tells, all that it was offered
  };

  void spawn(asio::awaitable<void> coroutine);
  asio::awaitable<void> run();
  asio::awaitable<void> watch(std::shared_ptr<Follower> follower);
  asio::awaitable<void> take_name_back();
  asio::awaitable<void> take_name_after(FileDescriptor tie);
  void hand_over(FileDescriptor newcomer);
  [[nodiscard]] bool send_offers(int follower) const;
  static bool hear(Follower& follower);
  bool forget_if_gone(const std::shared_ptr<Follower>& follower);
  bool take_name();
  [[nodiscard]] bool has_name() const;

  Log& log_;
  std::string path_;
  std::vector<Offer> offers_;
  Socket socket_;
  Socket rival_;  ///< to whoever may have the name
  bool taking_back_ = false;
  std::mutex mutex_;
  ino_t inode_ = 0;  ///< under mutex_, as are the next
  std::vector<std::shared_ptr<Follower>> followers_;
  bool withdrawn_ = false;
  bool yields_ = false;
};

}  // namespace picus::net
