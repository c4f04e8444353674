#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>
#include <cstddef>

#include "net/socket.h"

namespace picus::net {

/// Ends the waits of the sockets of one io_context when their deadlines pass. All sockets share one
/// timer, which runs only while a socket may have a deadline. For the thread of the io_context.
class DeadlineTimer {
 public:
  using Clock = Socket::Clock;
  /// So many sockets are looked at in a row; then the thread does what else there is to do.
  static constexpr std::size_t kInARow = 64;

  /// That of the io_context of this executor. It ends with the io_context.
  static DeadlineTimer& of(const Socket::Executor& executor);

  /// Watches the waits of a socket during the lifetime of the guard. Timer and socket outlive it.
  class Guard : public boost::intrusive::set_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                    boost::intrusive::optimize_size<true>> {
   public:
    Guard(DeadlineTimer& timer, Socket& socket) : timer_(timer), socket_(socket) {}
    /// For waits that all have this deadline. None begins after it.
    Guard(DeadlineTimer& timer, Socket& socket, Clock::time_point deadline) : Guard(timer, socket) {
      expect(deadline);
    }
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    /// To be called before each wait with another deadline. A deadline that is later than one
    /// before costs nothing: when that one passes, the socket's is looked up.
    void expect(Clock::time_point deadline) {
      if (deadline < due_) look_at(deadline);
    }

   private:
    friend class DeadlineTimer;
    void look_at(Clock::time_point due);

    DeadlineTimer& timer_;
    Socket& socket_;
    Clock::time_point due_ = Clock::time_point::max();  ///< of the next look at the socket
  };

 private:
  class Service;
  struct ByDue {
    bool operator()(const Guard& a, const Guard& b) const { return a.due_ < b.due_; }
  };
  using Guards = boost::intrusive::multiset<Guard, boost::intrusive::compare<ByDue>,
                                            boost::intrusive::constant_time_size<false>>;

  explicit DeadlineTimer(const Socket::Executor& executor) : timer_(executor) {}
  void arm(Clock::time_point when);
  void look();

  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Socket::Executor> timer_;
  Guards guards_;  ///< of sockets that may have a deadline
  Clock::time_point armed_ = Clock::time_point::max();
};

}  // namespace picus::net
