#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>

#include "core/file_descriptor.h"
#include "net/server/connection.h"
#include "net/server/crowd.h"
#include "net/server/server_context.h"
#include "net/server/thread_buffers.h"

namespace picus::net {

/// One I/O thread with its connections.
class Worker {
 public:
  /// `context` outlives it.
  explicit Worker(ServerContext& context);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  /// Ends the thread. False: a request is still in the Api, and may use this object at any time.
  bool join();

  [[nodiscard]] asio::io_context& context() { return io_; }

  /// On its own thread: closes the connection that has waited longest for its end or its next
  /// request. False: there is none.
  bool make_room() { return close_one(WaitingRoom::For::end, WaitingRoom::For::request); }

  // From any thread.
  void admit(FileDescriptor socket, Admission admission);
  void stop_connections();
  void cut_connections();

 private:
  bool close_one(WaitingRoom::For first, WaitingRoom::For last);
  void admit_here(FileDescriptor socket, Admission admission, int tries);
  static asio::awaitable<void> serve(std::unique_ptr<Connection> connection);
  void finished(const std::exception_ptr& error);

  ServerContext& context_;
  ThreadBuffers buffers_;
  asio::io_context io_;
  asio::executor_work_guard<Socket::Executor> guard_;
  Crowd<Connection> connections_;
  DeadlineTimer& timer_;
  std::thread thread_;
};

}  // namespace picus::net
