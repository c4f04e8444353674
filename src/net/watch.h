#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <vector>

#include "net/wire.h"

namespace picus::net {

/// Ends the waits of the wires of one io_context when their deadlines pass. All wires share one
/// timer, which runs only while a wire is under watch. For one thread.
class Watch {
 public:
  using Clock = Wire::Clock;

  explicit Watch(const Wire::Executor& executor) : timer_(executor) {}

  /// Watches a wire during the lifetime of the guard. Every wait of the wire in that time has this
  /// deadline, and no wait starts after it.
  class Guard {
   public:
    Guard(Watch& watch, Wire& wire, Clock::time_point deadline);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    friend class Watch;
    Watch& watch_;
    Wire& wire_;
    Clock::time_point deadline_;
    std::size_t place_;
  };

 private:
  void arm(Clock::time_point when);
  void sweep();

  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Wire::Executor> timer_;
  std::vector<Guard*> guards_;
  Clock::time_point armed_ = Clock::time_point::max();
};

}  // namespace picus::net
