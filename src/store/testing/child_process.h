#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace picus {

/// A process that works beside this one, on the same files. Forked: only while this process has no
/// other thread, so before a test opens a store.
class ChildProcess {
 public:
  /// Its end of the line between the two.
  class Parent {
   public:
    explicit Parent(int socket) : socket_(socket) {}
    /// Both block; a partner that is gone ends the process.
    void tell() const;
    void wait() const;

   private:
    int socket_;
  };

  /// Runs in the child; what it returns, or throws, is the child's result.
  explicit ChildProcess(const std::function<std::string(const Parent&)>& work);
  /// Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Ends a wait() of the child.
  void tell() const;
  /// Waits for a tell() of the child; false if it ended without one.
  [[nodiscard]] bool wait() const;
  /// Waits for its end.
  std::string result();
  void kill();

 private:
  pid_t id_;
  int socket_;
};

}  // namespace picus
