#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <exception>
#include <filesystem>
#include <mutex>
#include <vector>

#include "core/log.h"
#include "net/listener.h"
#include "net/unix_path.h"
#include "net/wire.h"

namespace picus::net {

/// Listeners that an earlier process of this machine shares with this one, and the tie to that
/// process: as long as it is open, the earlier process knows that somebody else serves what waits
/// in the accept queues.
struct Inheritance {
  std::vector<Listener> listeners;
  FileDescriptor tie;
};

/// Whether the process at the other end still serves.
bool is_tied(const FileDescriptor& tie);

/// Asks the process that offers its listeners in this directory, if there is one. Takes two seconds
/// at most.
Inheritance take_over(const std::filesystem::path& directory);

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

  /// Takes the directory's name from whoever had it, and answers there. False: errno says why it
  /// cannot.
  bool start();
  /// From any thread. Offers no more; true: a process that took the listeners over is there.
  bool withdraw();

 private:
  using Socket = asio::posix::basic_stream_descriptor<Wire::Executor>;

  asio::awaitable<void> run();
  void hand_over(FileDescriptor follower);
  [[nodiscard]] bool send_offers(int follower) const;

  Log& log_;
  std::string path_;
  std::vector<Offer> offers_;
  Socket socket_;
  ino_t inode_ = 0;
  std::mutex mutex_;
  std::vector<FileDescriptor> followers_;  ///< under mutex_
  bool withdrawn_ = false;                 ///< under mutex_
};

}  // namespace picus::net
