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

#include "net/file_descriptor.h"
#include "net/pace.h"

namespace picus::net {

namespace asio = boost::asio;

/// A connected socket, TCP or unix. Every wait has a deadline, which whoever owns the connection
/// checks from time to time (check()), so that no timer has to be set for each operation. For one
/// thread.
class Wire {
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

  Wire(const Executor& executor, FileDescriptor socket);

  asio::awaitable<Wake> readable(Clock::time_point deadline);
  asio::awaitable<Wake> writable(Clock::time_point deadline);

  /// Takes what has arrived, at most `space`, without waiting.
  Received receive(std::span<char> space, std::size_t& bytes);

  /// Hands over as much as the kernel takes without waiting; `parts` is moved on to what is left.
  Sent send_now(std::span<iovec>& parts);
  /// Sends all. False: the peer is gone, or does not keep to `pace`, or the wire was cut. `pace`
  /// outlives the call; `begin`: bytes_sent() when it began.
  asio::awaitable<bool> send(std::span<iovec> parts, Pace* pace, std::uint64_t begin);

  /// Tells the peer that no more will come.
  void end_sending();
  /// Closes so that the peer sees an error: it must not take what it got for the whole.
  void reset();

  /// Ends the wait under way, if any.
  void stop_waiting();
  /// Ends the wait under way and makes all that follows fail.
  void cut();
  /// Ends the wait under way if its deadline has passed.
  void check(Clock::time_point now) {
    if (now >= deadline_) interrupt(Wake::overdue);
  }

  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }

 private:
  using Socket = asio::posix::basic_stream_descriptor<Executor>;

  asio::awaitable<Wake> wait(Socket::wait_type what, Clock::time_point deadline);
  void interrupt(Wake reason);

  Socket socket_;
  Clock::time_point deadline_ = Clock::time_point::max();
  std::uint64_t bytes_sent_ = 0;
  Wake reason_ = Wake::ready;
};

/// The io_context's own executor behind this one, which may be that of a strand. It is a bug if
/// there is none.
Wire::Executor io_executor(const asio::any_io_executor& executor);

/// A text as a part of what is sent.
inline iovec part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace picus::net
