#include "telemetry/line_sink.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <climits>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>

#include "telemetry/testing/test_pipe.h"

namespace picus {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

LineSinkOptions sink_options(int fd) {
  return {.fd = fd, .describe_dropped = [](std::string& out, std::uint64_t dropped) {
            out += "dropped " + std::to_string(dropped) + '\n';
          }};
}

// How many lines the reports among `lines` stand for; they are taken out.
std::uint64_t take_reports(Lines& lines) {
  std::uint64_t dropped = 0;
  std::erase_if(lines, [&](const std::string& line) {
    const bool report = line.starts_with("dropped ");
    if (report) dropped += std::stoull(line.substr(8));
    return report;
  });
  return dropped;
}

// The n-th line of a writer. Its length varies; what it holds follows from its beginning.
std::string line_of(std::size_t writer, std::size_t n, std::size_t longest) {
  std::string line = std::to_string(writer) + ' ' + std::to_string(n) + ' ';
  line.append((n * 37) % (longest - line.size()), static_cast<char>('a' + writer));
  return line + '\n';
}

void append_lines(LineSink& sink, std::size_t writer, std::size_t count, std::size_t longest) {
  for (std::size_t n = 0; n < count; ++n) sink.append(line_of(writer, n, longest), n % 8 == 0);
}

// All lines of each writer have to be there, whole and in order.
void expect_lines(const Lines& lines, std::size_t writers, std::size_t count, std::size_t longest) {
  std::vector<std::size_t> next(writers);
  for (const std::string& line : lines) {
    const std::size_t writer = std::stoul(line);
    ASSERT_LT(writer, writers);
    ASSERT_EQ(line + '\n', line_of(writer, next[writer]++, longest));
  }
  EXPECT_EQ(next, std::vector<std::size_t>(writers, count));
}

TEST(LineSink, WhatIsPendingIsWrittenBeforeTheEnd) {
  const int file = ::memfd_create("log", MFD_CLOEXEC);
  std::string wanted;
  {
    LineSink sink(sink_options(file));
    for (int n = 0; n < 10'000; ++n) {
      const std::string line = "line " + std::to_string(n) + '\n';
      sink.append(line, false);
      wanted += line;
    }
  }
  std::string written(wanted.size() + 1, '\0');
  written.resize(static_cast<std::size_t>(::pread(file, written.data(), written.size(), 0)));
  EXPECT_EQ(written, wanted);
  ::close(file);
}

TEST(LineSink, LinesOfManyThreadsComeOutWholeAndOfEachInOrder) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kCount = 2000;
  TestPipe pipe;
  std::jthread writing([&] {
    LineSink sink(sink_options(pipe.write_end()));
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (std::size_t writer = 0; writer < kThreads; ++writer) {
      threads.emplace_back([&sink, writer] { append_lines(sink, writer, kCount, 300); });
    }
  });
  Lines lines;
  while (lines.size() < kThreads * kCount) lines.push_back(pipe.line());
  expect_lines(lines, kThreads, kCount, 300);
}

TEST(LineSink, LinesLongerThanAPipeTakesAtOnceComeOutWhole) {
  TestPipe pipe;
  LineSink sink(sink_options(pipe.write_end()));
  const std::string longest(100'000, 'x');
  sink.append("first\n", false);
  sink.append(longest + '\n', false);
  sink.append("last\n", false);
  EXPECT_EQ(pipe.line(), "first");
  EXPECT_EQ(pipe.line(), longest);
  EXPECT_EQ(pipe.line(), "last");
}

// Two sinks are to a pipe what two processes are, the old and the new one of an upgrade.
TEST(LineSink, LinesOfTwoProcessesOnOnePipeStayWhole) {
  constexpr std::size_t kCount = 2000;
  TestPipe pipe;
  LineSink first(sink_options(pipe.write_end()));
  LineSink second(sink_options(pipe.write_end()));
  std::jthread one([&] { append_lines(first, 0, kCount, PIPE_BUF - 1); });
  std::jthread other([&] { append_lines(second, 1, kCount, PIPE_BUF - 1); });
  Lines lines;
  while (lines.size() < 2 * kCount) lines.push_back(pipe.line());
  expect_lines(lines, 2, kCount, PIPE_BUF - 1);
}

TEST(LineSink, AStuckDescriptorCostsLinesButNoCallersTime) {
  TestPipe pipe;
  pipe.fill();
  LineSinkOptions options = sink_options(pipe.write_end());
  options.max_pending_bytes = 10'000;
  options.patience = 1ms;  // for the end; until then it waits as long as it takes
  LineSink sink(std::move(options));
  std::size_t count = 0;
  const auto begin = std::chrono::steady_clock::now();
  // Nobody reads: a sink that waits for it never gets out of this.
  while (count < 20'000 || std::chrono::steady_clock::now() < begin + 100ms) {
    sink.append(line_of(0, count++, 300), false);
  }
  pipe.line();  // what it was filled with
  Lines lines;
  std::uint64_t dropped = 0;
  while (lines.size() + dropped < count) {
    lines.push_back(pipe.line());
    dropped += take_reports(lines);
  }
  EXPECT_EQ(lines.size() + dropped, count);
  EXPECT_EQ(sink.dropped(), dropped);
  EXPECT_EQ(lines.front() + '\n', line_of(0, 0, 300));
  std::size_t held = 0;
  std::size_t next = 0;
  for (const std::string& line : lines) {
    const std::size_t n = std::stoul(line.substr(2));
    EXPECT_GE(n, next);
    EXPECT_EQ(line + '\n', line_of(0, n, 300));
    held += line.size() + 1;
    next = n + 1;
  }
  EXPECT_LE(held, 10'000);
  EXPECT_GT(held, 9'000);

  sink.append("it goes on\n", true);
  EXPECT_EQ(pipe.line(), "it goes on");
}

TEST(LineSink, NoLineIsUnaccountedForWhereReadersAreSlow) {
  constexpr std::size_t kCount = 20'000;
  TestPipe pipe;
  LineSinkOptions options = sink_options(pipe.write_end());
  options.max_pending_bytes = 4096;
  options.patience = 1min;
  auto sink = std::make_unique<LineSink>(std::move(options));
  std::jthread writing([&] {
    append_lines(*sink, 0, kCount, 300);
    sink.reset();
    pipe.close_writer();
  });
  Lines lines;
  for (std::string line = pipe.line(); !line.empty(); line = pipe.line()) lines.push_back(line);
  const std::uint64_t dropped = take_reports(lines);
  EXPECT_EQ(lines.size() + dropped, kCount);
}

TEST(LineSink, ALineThatFillsTheBoundFitsAndOneByteMoreDoesNot) {
  TestPipe pipe;
  LineSinkOptions options = sink_options(pipe.write_end());
  options.max_pending_bytes = 100;
  auto sink = std::make_unique<LineSink>(std::move(options));
  sink->append(std::string(100, 'x') + '\n', true);
  sink->append(std::string(99, 'y') + '\n', true);
  sink.reset();
  EXPECT_EQ(pipe.rest(), (Lines{std::string(99, 'y'), "dropped 1"}));
}

TEST(LineSink, TheEndWaitsForAStuckDescriptorAsLongAsItMay) {
  TestPipe pipe;
  pipe.fill();
  LineSinkOptions options = sink_options(pipe.write_end());
  options.patience = 60ms;
  auto sink = std::make_unique<LineSink>(std::move(options));
  sink->append("never read\n", true);
  const auto begin = std::chrono::steady_clock::now();
  sink.reset();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 40ms);
  EXPECT_EQ(pipe.rest().size(), 1);
}

TEST(LineSink, ALineInAHurryTakesTheWaitingOnesAlong) {
  std::array<int, 2> ends{};  // each write is a packet
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  LineSinkOptions options = sink_options(ends[1]);
  options.gather = 1h;
  {
    LineSink sink(std::move(options));
    for (int n = 0; n < 300; ++n) {
      sink.append("one\n", false);
      sink.append("two\n", false);
      for (int i = 0; i < n; ++i) std::this_thread::yield();  // it may wait for others by then
      sink.append("three\n", true);
      std::array<char, 100> packet{};
      const ssize_t size = ::recv(ends[0], packet.data(), packet.size(), 0);
      ASSERT_GT(size, 0);
      const std::string_view written(packet.data(), static_cast<std::size_t>(size));
      ASSERT_EQ(written, "one\ntwo\nthree\n");
    }
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(LineSink, TheEndHurriesToo) {
  TestPipe pipe;
  LineSinkOptions options = sink_options(pipe.write_end());
  options.gather = 1h;
  {
    LineSink(std::move(options)).append("waiting for others\n", false);
  }
  EXPECT_EQ(pipe.rest(), Lines{"waiting for others"});
}

TEST(LineSink, ALineThatCouldNotBeMadeIsReported) {
  TestPipe pipe;
  {
    LineSink sink(sink_options(pipe.write_end()));
    sink.count_dropped();
    sink.count_dropped();
  }
  EXPECT_EQ(pipe.rest(), Lines{"dropped 2"});
}

// A report was once taken off the bytes of the lines on their way, which it is none of: the sink
// seemed full, and short lines were lost.
TEST(LineSink, AReportTakesNoRoomFromTheLinesAfterIt) {
  TestPipe pipe;
  LineSinkOptions options = sink_options(pipe.write_end());
  options.max_pending_bytes = 100;
  LineSink sink(std::move(options));
  for (int n = 0; n < 100; ++n) {
    sink.count_dropped();
    sink.append("longer than a report\n", true);
    EXPECT_EQ((std::set{pipe.line(), pipe.line()}),
              (std::set<std::string>{"longer than a report", "dropped 1"}));
    sink.append("short\n", true);
    EXPECT_EQ(pipe.line(), "short");
  }
}

TEST(LineSink, ABrokenPipeEndsNothing) {
  TestPipe pipe;
  pipe.close_reader();
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGPIPE, nullptr, &before), 0);
  ASSERT_EQ(before.sa_handler, SIG_DFL);  // what it would raise ends this program
  LineSink sink(sink_options(pipe.write_end()));
  for (int n = 0; n < 1000; ++n) sink.append("nobody reads\n", n % 2 == 0);
}

TEST(LineSink, FlagsAndSignalsStayAsTheyWere) {
  TestPipe pipe;
  const int flags = ::fcntl(pipe.write_end(), F_GETFL);
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  LineSink sink(sink_options(pipe.write_end()));
  sink.append("a line\n", true);
  EXPECT_EQ(pipe.line(), "a line");
  EXPECT_EQ(::fcntl(pipe.write_end(), F_GETFL), flags);
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  struct sigaction broken{};
  ::sigaction(SIGPIPE, nullptr, &broken);
  EXPECT_EQ(broken.sa_handler, SIG_DFL);
  EXPECT_EQ(sigismember(&after, SIGTERM), 0);
  for (int signal = 1; signal < NSIG; ++signal) {
    EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal)) << signal;
  }
}

// A UDP socket fails once: its next write reports that an earlier packet found nobody.
class FailsOnce {
 public:
  FailsOnce() {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind_receiver(address);
    socklen_t size = sizeof address;
    ::getsockname(receiver_, reinterpret_cast<sockaddr*>(&address), &size);
    EXPECT_EQ(::connect(sender_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(receiver_);
    EXPECT_EQ(::send(sender_, "x", 1, 0), 1);
    EXPECT_TRUE(will_fail());
    bind_receiver(address);
  }
  ~FailsOnce() {
    ::close(sender_);
    ::close(receiver_);
  }
  FailsOnce(const FailsOnce&) = delete;
  FailsOnce& operator=(const FailsOnce&) = delete;

  [[nodiscard]] int fd() const { return sender_; }
  [[nodiscard]] bool will_fail() const {
    pollfd watched{.fd = sender_, .events = 0, .revents = 0};
    return ::poll(&watched, 1, 0) == 1;
  }
  [[nodiscard]] bool arrived() const {
    pollfd watched{.fd = receiver_, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0) == 1;
  }
  [[nodiscard]] std::string packet() const {
    std::string text(1000, '\0');
    text.resize(static_cast<std::size_t>(::recv(receiver_, text.data(), text.size(), 0)));
    return text;
  }

 private:
  void bind_receiver(const sockaddr_in& address) {
    receiver_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(receiver_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }

  int sender_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int receiver_ = -1;
};

TEST(LineSink, WhatFailedIsReportedAfterTheNextLineThatGotOut) {
  FailsOnce descriptor;
  LineSink sink(sink_options(descriptor.fd()));
  sink.append("lost\nand lost\n", true);
  while (descriptor.will_fail()) std::this_thread::yield();
  sink.append("next\n", true);
  EXPECT_EQ(descriptor.packet(), "next\n");
  EXPECT_EQ(descriptor.packet(), "dropped 2\n");
}

TEST(LineSink, WhatFailedLeavesItsRoomToOthers) {
  FailsOnce descriptor;
  LineSinkOptions options = sink_options(descriptor.fd());
  options.max_pending_bytes = 100;
  LineSink sink(std::move(options));
  sink.append(std::string(99, 'x') + '\n', true);
  while (descriptor.will_fail()) std::this_thread::yield();
  while (!descriptor.arrived()) sink.append("next\n", true);
  EXPECT_TRUE(descriptor.packet().starts_with("next\n"));
}

// Within its life no file of this process grows beyond `size`: it takes a part, then fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = size, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  /// Whether a thread has met the limit: it got SIGXFSZ, which waits as long as it is blocked.
  static bool met() {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream status(task.path() / "status");
      for (std::string line; std::getline(status, line);) {
        if (!line.starts_with("SigPnd:")) continue;
        if ((std::stoull(line.substr(7), nullptr, 16) >> (SIGXFSZ - 1)) & 1) return true;
      }
    }
    return false;
  }

 private:
  rlimit before_{};
};

TEST(LineSink, ALineThatAFullDiskCutIsNotJoinedToTheNext) {
  const int file = ::memfd_create("log", MFD_CLOEXEC);
  {
    std::optional<FileSizeLimit> limit(10);
    LineSink sink(sink_options(file));
    sink.append("first\nsecond\nthird\n", true);
    while (!FileSizeLimit::met()) std::this_thread::yield();
    limit.reset();
    sink.append("next\n", true);
  }
  std::string written(100, '\0');
  written.resize(static_cast<std::size_t>(::pread(file, written.data(), written.size(), 0)));
  EXPECT_EQ(written, "first\nseco\nnext\ndropped 2\n");
  ::close(file);
}

}  // namespace
}  // namespace picus
