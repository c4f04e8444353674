#include "telemetry/json_log.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>

#include "core/error.h"
#include "telemetry/testing/served.h"
#include "telemetry/testing/test_pipe.h"

namespace picus {
namespace {

using namespace std::chrono_literals;
using Format = JsonLogOptions::Format;
using Lines = std::vector<std::string>;

const std::chrono::sys_days kDay = std::chrono::year(2026) / 11 / 24;

JsonLogOptions options_for(int fd) {
  JsonLogOptions options;
  options.fd = fd;
  options.clock = [] { return kDay + 7h + 15min + 2s + 123456789ns; };
  return options;
}

Served answered(unsigned status) {
  Served response;
  response.status = status;
  response.request_id = "checkout-7f3a";
  response.route = "/picus/{key}";
  return response;
}

AccessRecord deleted(const Served& response) {
  AccessRecord record = response.record();
  record.method = "DELETE";
  record.bytes_in = 81;
  record.bytes_out = 274;
  record.duration = 1234us;
  return record;
}

// The lines that `use` makes a log write, to its end.
Lines logged(JsonLogOptions options, TestPipe& pipe, const auto& use) {
  {
    JsonLog log(std::move(options));
    use(log);
  }
  return pipe.rest();
}

boost::json::object parsed(const std::string& line) { return boost::json::parse(line).as_object(); }

TEST(JsonLog, ARequestIsOneLineWithAllThatOperatorsArePromised) {
  TestPipe pipe;
  Served response = answered(503);
  response.error.emplace(ErrorCode::store_unavailable, "for the client", "EIO");
  const Lines lines = logged(options_for(pipe.write_end()), pipe,
                             [&](JsonLog& log) { log.access(deleted(response)); });
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(parsed(lines[0]), (boost::json::object{{"time", "2026-11-24T07:15:02.123456Z"},
                                                   {"level", "warning"},
                                                   {"event", "request"},
                                                   {"request_id", "checkout-7f3a"},
                                                   {"method", "DELETE"},
                                                   {"route", "/picus/{key}"},
                                                   {"status", 503},
                                                   {"bytes_in", 81},
                                                   {"bytes_out", 274},
                                                   {"duration_us", 1234},
                                                   {"error", "store-unavailable"},
                                                   {"detail", "EIO"}}));
}

TEST(JsonLog, AnEventIsOneLineWithItsFields) {
  TestPipe pipe;
  const Lines lines = logged(options_for(pipe.write_end()), pipe, [](JsonLog& log) {
    log.write(Level::error, "store-failed", {{"detail", "two\nlines"}, {"code", 5}});
  });
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(parsed(lines[0]), (boost::json::object{{"time", "2026-11-24T07:15:02.123456Z"},
                                                   {"level", "error"},
                                                   {"event", "store-failed"},
                                                   {"detail", "two\nlines"},
                                                   {"code", 5}}));
}

TEST(JsonLog, LinesBelowTheMinimumAreNotWritten) {
  const Served fine = answered(200);
  const Served broken = answered(500);
  const std::map<Level, Lines> wanted = {
      {Level::debug, {"debug", "info", "warning", "error", "200", "500"}},
      {Level::info, {"info", "warning", "error", "200", "500"}},
      {Level::warning, {"warning", "error", "500"}},
      {Level::error, {"error"}}};
  for (const auto& [minimum, names] : wanted) {
    TestPipe pipe;
    JsonLogOptions options = options_for(pipe.write_end());
    options.minimum = minimum;
    const Lines lines = logged(std::move(options), pipe, [&](JsonLog& log) {
      log.write(Level::debug, "e", {});
      log.write(Level::info, "e", {});
      log.write(Level::warning, "e", {});
      log.write(Level::error, "e", {});
      log.access(deleted(fine));
      log.access(deleted(broken));
    });
    Lines found;
    for (const std::string& line : lines) {
      const auto object = parsed(line);
      const auto* status = object.if_contains("status");
      found.emplace_back(status ? std::to_string(status->as_int64())
                                : std::string(object.at("level").as_string()));
    }
    EXPECT_EQ(found, names);
  }
}

TEST(JsonLog, WithoutTheAccessLogEventsAreStillWritten) {
  TestPipe pipe;
  JsonLogOptions options = options_for(pipe.write_end());
  options.access = false;
  const Served response = answered(500);
  const Lines lines = logged(std::move(options), pipe, [&](JsonLog& log) {
    log.access(deleted(response));
    log.write(Level::info, "started", {});
  });
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(parsed(lines[0]).at("event"), "started");
}

TEST(JsonLog, APipeGetsJsonUnlessTextIsAskedForAndNeverColour) {
  for (const Format format : {Format::automatic, Format::json, Format::text}) {
    TestPipe pipe;
    JsonLogOptions options = options_for(pipe.write_end());
    options.format = format;
    const Lines lines =
        logged(std::move(options), pipe, [](JsonLog& log) { log.write(Level::error, "e", {}); });
    ASSERT_EQ(lines.size(), 1);
    if (format == Format::text) {
      EXPECT_EQ(lines[0], "07:15:02.123 ERROR e");
    } else {
      EXPECT_EQ(parsed(lines[0]).at("event"), "e");
    }
  }
}

class Terminal {
 public:
  Terminal() {
    EXPECT_EQ(::grantpt(master_), 0);
    EXPECT_EQ(::unlockpt(master_), 0);
    std::array<char, 64> name{};
    EXPECT_EQ(::ptsname_r(master_, name.data(), name.size()), 0);
    fd_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_EQ(::isatty(fd_), 1);
  }
  ~Terminal() {
    ::close(fd_);
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::string line() const {
    std::string line;
    char c = 0;
    while (::read(master_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

 private:
  int master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  int fd_ = -1;
};

std::string shown_on_a_terminal(Format format, bool colour) {
  const Terminal terminal;
  JsonLogOptions options = options_for(terminal.fd());
  options.format = format;
  options.colour = colour;
  JsonLog log(std::move(options));
  log.write(Level::error, "e", {});
  return terminal.line();
}

TEST(JsonLog, ATerminalGetsTextUnlessJsonIsAskedFor) {
  EXPECT_EQ(shown_on_a_terminal(Format::automatic, true), "07:15:02.123 \x1b[31mERROR\x1b[0m e\r");
  EXPECT_EQ(shown_on_a_terminal(Format::automatic, false), "07:15:02.123 ERROR e\r");
  EXPECT_TRUE(shown_on_a_terminal(Format::json, true).starts_with("{\"time\":"));
}

TEST(JsonLog, EveryLineOfEveryThreadIsThereAndWhole) {
  constexpr int kThreads = 4;
  constexpr int kCount = 1000;
  TestPipe pipe;
  JsonLogOptions options = options_for(pipe.write_end());
  options.clock = std::chrono::system_clock::now;
  const std::jthread writing([&] {
    JsonLog log(options);
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&log, thread] {
        const Served response = answered(200);
        for (int n = 0; n < kCount; ++n) {
          log.write(Level::info, "e", {{"thread", thread}, {"n", n}});
          log.access(deleted(response));
        }
      });
    }
  });
  std::vector<int> next(kThreads);
  int requests = 0;
  for (int n = 0; n < 2 * kThreads * kCount; ++n) {
    const auto line = parsed(pipe.line());
    requests += line.at("event") == "request" ? 1 : 0;
    if (line.at("event") != "e") continue;
    EXPECT_EQ(line.at("n"), next.at(line.at("thread").to_number<std::size_t>())++);
  }
  EXPECT_EQ(requests, kThreads * kCount);
  EXPECT_EQ(next, std::vector<int>(kThreads, kCount));
}

TEST(JsonLog, AStuckDescriptorCostsLinesAndAWarningSaysHowMany) {
  constexpr int kCount = 5000;
  TestPipe pipe;
  pipe.fill();
  JsonLogOptions options = options_for(pipe.write_end());
  options.max_pending_bytes = 10'000;
  JsonLog log(std::move(options));
  const Served response = answered(200);
  for (int n = 0; n < kCount; ++n) log.access(deleted(response));
  pipe.line();  // what it was filled with
  int written = 0;
  auto line = parsed(pipe.line());
  for (; line.at("event") == "request"; line = parsed(pipe.line())) ++written;
  EXPECT_EQ(line, (boost::json::object{{"time", "2026-11-24T07:15:02.123456Z"},
                                       {"level", "warning"},
                                       {"event", "log-lines-dropped"},
                                       {"lines", kCount - written}}));
  EXPECT_GT(written, 10);
  EXPECT_LT(written, 100);
}

TEST(JsonLog, TheTextFormatSaysHowManyLinesWereDroppedToo) {
  TestPipe pipe;
  JsonLogOptions options = options_for(pipe.write_end());
  options.format = Format::text;
  options.max_pending_bytes = 10;
  const Lines lines = logged(std::move(options), pipe,
                             [](JsonLog& log) { log.write(Level::info, "too-long", {}); });
  EXPECT_EQ(lines, Lines{"07:15:02.123 WARN  log-lines-dropped lines=1"});
}

TEST(JsonLog, ALineThatCannotBeMadeIsCountedAndThrowsNothing) {
  TestPipe pipe;
  JsonLogOptions options = options_for(pipe.write_end());
  options.clock = [calls = 0]() mutable -> std::chrono::system_clock::time_point {
    if (++calls <= 2) throw std::runtime_error("no time");
    return kDay;
  };
  const Served response = answered(200);
  const Lines lines = logged(std::move(options), pipe, [&](JsonLog& log) {
    EXPECT_NO_THROW(log.write(Level::info, "e", {}));
    EXPECT_NO_THROW(log.access(deleted(response)));
  });
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(parsed(lines[0]).at("event"), "log-lines-dropped");
  EXPECT_EQ(parsed(lines[0]).at("lines"), 2);
}

}  // namespace
}  // namespace picus
