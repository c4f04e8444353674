#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <thread>

#include "net/file_descriptor.h"
#include "net/server/connection.h"
#include "net/server/front.h"
#include "net/server/workbench.h"

namespace picus::net {

/// One I/O thread with its connections.
class Worker {
 public:
  /// `front` outlives it.
  explicit Worker(Front& front);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  /// Ends the thread. False: a request is still in the Api, and may use this object at any time.
  bool join();

  [[nodiscard]] asio::io_context& context() { return context_; }

  /// On its own thread: closes the connection that has waited longest for its next request. False:
  /// there is none.
  bool make_room() { return bench_.waiting().close_one(WaitingRoom::For::request); }

  // From any thread.
  void admit(FileDescriptor socket, bool trusted_host);
  void stop_connections();
  void cut_connections();

 private:
  using Connections =
      boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;
  using Timer =
      asio::basic_waitable_timer<Wire::Clock, asio::wait_traits<Wire::Clock>, Wire::Executor>;

  void run();
  void admit_here(FileDescriptor socket, bool trusted_host);
  static asio::awaitable<void> serve(std::unique_ptr<Connection> connection);
  void finished(const std::exception_ptr& error);
  void sweep_later();
  void sweep();

  Front& front_;
  Workbench bench_;
  asio::io_context context_;
  asio::executor_work_guard<Wire::Executor> guard_;
  Connections connections_;
  Timer timer_;
  Wire::Clock::duration sweep_interval_;
  bool sweeping_ = false;
  std::thread thread_;
};

}  // namespace picus::net
