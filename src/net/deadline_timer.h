#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <vector>

#include "net/socket.h"

namespace picus::net {

/// Ends the waits of the sockets of one io_context when their deadlines pass. All sockets share one
/// timer, which runs only while a socket has a deadline. For the thread of the io_context.
class DeadlineTimer {
 public:
  using Clock = Socket::Clock;

  /// That of the io_context of this executor. It ends with the io_context.
  static DeadlineTimer& of(const Socket::Executor& executor);

  /// Bounds a socket during the lifetime of the guard. Every wait of the socket in that time has
  /// this deadline, and no wait starts after it.
  class Guard {
   public:
    Guard(DeadlineTimer& timer, Socket& socket, Clock::time_point deadline);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    friend class DeadlineTimer;
    DeadlineTimer& timer_;
    Socket& socket_;
    Clock::time_point deadline_;
    std::size_t place_;
  };

 private:
  class Service;
  explicit DeadlineTimer(const Socket::Executor& executor) : timer_(executor) {}
  void arm(Clock::time_point when);
  void sweep();

  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Socket::Executor> timer_;
  std::vector<Guard*> guards_;
  Clock::time_point armed_ = Clock::time_point::max();
};

}  // namespace picus::net
