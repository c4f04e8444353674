#pragma once

#include <sys/uio.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/file_descriptor.h"

namespace picus::net {

namespace asio = boost::asio;

/// A connected socket, TCP or Unix. Every wait has a deadline, which a guard (net/deadline_timer.h)
/// watches, so that no operation needs a timer of its own. For one thread.
class Socket {
 public:
  using Clock = std::chrono::steady_clock;
  using Executor = asio::io_context::executor_type;

  /// Why a wait ended.
  enum class Wake : std::uint8_t {
    ready,
    overdue,  ///< the deadline passed
    stopped,  ///< stop_waiting() was called
    cut,      ///< cut() was called, or the socket failed
  };
  enum class Received : std::uint8_t { some, nothing_yet, end, failed };
  enum class Sent : std::uint8_t { all, some, failed };

  Socket(const Executor& executor, FileDescriptor socket);

  asio::awaitable<Wake> readable(Clock::time_point deadline);
  asio::awaitable<Wake> writable(Clock::time_point deadline);

  /// Reads the bytes that have arrived, at most `space`, without waiting.
  Received receive(std::span<char> space, std::size_t& bytes);

  /// Sends as much as the kernel accepts without waiting; advances `parts` to the unsent rest.
  Sent send_now(std::span<iovec>& parts);

  /// Signals the end of the data to the peer.
  void end_sending();
  /// Closes the connection with an error for the peer, so that it does not take the received part
  /// for the whole.
  void reset();

  /// Ends the current wait, if any.
  void stop_waiting();
  /// Ends the current wait and makes all later operations fail.
  void cut();
  /// Of the current wait; without one, the greatest time there is.
  [[nodiscard]] Clock::time_point deadline() const { return deadline_; }
  /// Ends the current wait if its deadline has passed.
  void check(Clock::time_point now) {
    if (now >= deadline_) interrupt(Wake::overdue);
  }

  /// Whether bytes are here that receive() has not read yet.
  [[nodiscard]] bool has_input();
  /// Whether cut() or reset() was called.
  [[nodiscard]] bool is_cut() const { return reason_ == Wake::cut; }
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

  asio::awaitable<Wake> wait(Descriptor::wait_type what, Clock::time_point deadline);
  void interrupt(Wake reason);

  Descriptor socket_;
  Clock::time_point deadline_ = Clock::time_point::max();
  std::uint64_t bytes_sent_ = 0;
  Wake reason_ = Wake::ready;
};

/// The executor of the io_context of this executor, which may belong to a strand. It is a bug if
/// there is none.
Socket::Executor io_executor(const asio::any_io_executor& executor);

/// A text as a part of a send.
inline iovec part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace picus::net
