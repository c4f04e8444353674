#include "net/deadline_timer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/file_descriptor.h"

namespace picus::net {
namespace {

using namespace std::chrono_literals;
using Clock = DeadlineTimer::Clock;
using Wake = Socket::Wake;

constexpr auto kPatience = 30s;

/// A socket under a guard, and its peer, which sends nothing unless told.
class Pair {
 public:
  explicit Pair(asio::io_context& context) : Pair(context, connected()) {}

  /// As a connection waits: told to the guard, then begun.
  asio::awaitable<Wake> wait(Clock::time_point deadline) {
    guard.expect(deadline);
    const auto wake = co_await socket.readable(deadline);
    wakes.push_back(wake);
    co_return wake;
  }

  FileDescriptor peer;
  Socket socket;
  DeadlineTimer::Guard guard;
  std::vector<Wake> wakes;

 private:
  Pair(asio::io_context& context, std::array<int, 2> ends)
      : peer(ends[0]),
        socket(context.get_executor(), FileDescriptor(ends[1])),
        guard(DeadlineTimer::of(context.get_executor()), socket) {}

  static std::array<int, 2> connected() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) {
      throw std::runtime_error("socketpair");
    }
    return ends;
  }
};

class DeadlineTimerTest : public ::testing::Test {
 protected:
  void start(asio::awaitable<void> work) {
    asio::co_spawn(context_, std::move(work), asio::detached);
  }

  asio::io_context context_;
};

asio::awaitable<void> wait(Pair* pair, Clock::time_point deadline) {
  co_await pair->wait(deadline);
}

TEST_F(DeadlineTimerTest, EndsAWaitWhenItsDeadlinePasses) {
  Pair pair(context_);
  const auto deadline = Clock::now() + 20ms;
  start(wait(&pair, deadline));
  context_.run_for(kPatience);
  EXPECT_EQ(pair.wakes, std::vector{Wake::overdue});
  EXPECT_GE(Clock::now(), deadline);
}

TEST_F(DeadlineTimerTest, ForgetsADeadlineOfAWaitThatHasEnded) {
  Pair pair(context_);
  const auto deadline = Clock::now() + 600ms;
  ASSERT_EQ(::write(pair.peer.number(), "x", 1), 1);
  start([](Pair* waiting, Clock::time_point last) -> asio::awaitable<void> {
    co_await waiting->wait(last - 300ms);
    char byte = 0;
    std::size_t bytes = 0;
    waiting->socket.receive({&byte, 1}, bytes);
    co_await waiting->wait(last);
  }(&pair, deadline));
  context_.run_for(kPatience);
  EXPECT_EQ(pair.wakes, (std::vector{Wake::ready, Wake::overdue}));
  EXPECT_GE(Clock::now(), deadline);
}

TEST_F(DeadlineTimerTest, ObeysADeadlineBeforeAnEarlierWaits) {
  Pair pair(context_);
  start([](Pair* waiting) -> asio::awaitable<void> {
    co_await waiting->wait(Clock::now() + 1h);
    co_await waiting->wait(Clock::now() + 10ms);
  }(&pair));
  context_.poll();
  pair.socket.stop_waiting();
  context_.run_for(kPatience);
  EXPECT_EQ(pair.wakes, (std::vector{Wake::stopped, Wake::overdue}));
}

TEST_F(DeadlineTimerTest, LooksAtNobodyBeforeADeadline) {
  std::deque<Pair> pairs;
  for (int i = 0; i < 100; ++i) start(wait(&pairs.emplace_back(context_), Clock::now() + 1h));
  context_.poll();
  EXPECT_EQ(context_.run_for(300ms), 0);
}

/// Waits that end, with others in between.
struct Row {
  std::size_t done = 0;
  std::size_t in_a_row = 0;
  std::size_t most = 0;
};

asio::awaitable<void> wait_in(Row* row, Pair* pair, Clock::time_point deadline) {
  co_await pair->wait(deadline);
  ++row->done;
  row->most = std::max(row->most, ++row->in_a_row);
}

TEST_F(DeadlineTimerTest, ServesOthersBetweenAFewThatAreOverdue) {
  constexpr std::size_t kAll = 5 * DeadlineTimer::kInARow / 2;
  std::deque<Pair> pairs;
  Row row;
  const auto deadline = Clock::now();
  for (std::size_t i = 0; i < kAll; ++i) {
    start(wait_in(&row, &pairs.emplace_back(context_), deadline));
  }
  const std::function<void()> request = [&] {
    row.in_a_row = 0;
    if (row.done < kAll) asio::post(context_, request);
  };
  asio::post(context_, request);
  context_.run_for(kPatience);
  EXPECT_EQ(row.done, kAll);
  EXPECT_LE(row.most, DeadlineTimer::kInARow);
}

TEST_F(DeadlineTimerTest, KeepsNoContextRunningForAGuardThatIsGone) {
  {
    Pair pair(context_);
    const DeadlineTimer::Guard all(DeadlineTimer::of(context_.get_executor()), pair.socket,
                                   Clock::now() + 1h);
    pair.guard.expect(Clock::now() + 2h);
  }
  context_.run_for(kPatience);
  EXPECT_TRUE(context_.stopped());
}

}  // namespace
}  // namespace picus::net
