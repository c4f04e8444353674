#include "core/files.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <expected>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "core/testing/temporary_directory.h"

namespace picus {
namespace {

using std::chrono::milliseconds;

class Files : public testing::Test {
 protected:
  Files() { ::mkfifo(pipe_.c_str(), 0600); }

  void write(const std::string& text) { std::ofstream(file_, std::ios::binary) << text; }
  [[nodiscard]] std::string named(const std::string& why) const { return file_.string() + why; }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "file";
  std::filesystem::path pipe_ = directory_.path() / "pipe";
};

TEST_F(Files, AFileIsReadUpToALimit) {
  EXPECT_EQ(read_file(file_, 3).error(), named(": No such file or directory"));
  EXPECT_EQ(check_file(file_).error(), named(": No such file or directory"));
  for (const std::string text : {"", "abc"}) {
    write(text);
    EXPECT_TRUE(check_file(file_));
    EXPECT_EQ(read_file(file_, 3), text);
    EXPECT_EQ(read_file_or_pipe(file_, 3), text);
  }
  write("abcd");
  EXPECT_EQ(read_file(file_, 3).error(), named(": larger than 3 bytes"));
}

TEST_F(Files, ADeviceIsRead) {
  EXPECT_TRUE(check_file("/dev/null"));
  EXPECT_EQ(read_file("/dev/null", 3), "");
  EXPECT_EQ(read_file("/dev/zero", 3).error(), "/dev/zero: larger than 3 bytes");
}

// Opening a pipe once waited for ever.
TEST_F(Files, APipeIsRefusedWhereItCannotBeReadAgain) {
  for (const auto& other : {pipe_, directory_.path()}) {
    EXPECT_EQ(read_file(other, 3).error(), other.string() + ": not a regular file");
    EXPECT_EQ(check_file(other).error(), other.string() + ": not a regular file");
  }
}

TEST_F(Files, APipeIsReadToItsEnd) {
  for (const std::string text : {"", "abc"}) {
    std::thread writer([&] {
      std::ofstream stream(pipe_, std::ios::binary);
      for (const char c : text) stream << c << std::flush;
    });
    EXPECT_EQ(read_file_or_pipe(pipe_, 3), text);
    writer.join();
  }
}

TEST_F(Files, APipeWithoutAWriterIsAnError) {
  EXPECT_EQ(read_file_or_pipe(pipe_, 3, milliseconds(1)).error(),
            pipe_.string() + ": the pipe has no data");
}

/// A text as a program reads it on another thread, with this patience.
std::future<std::expected<std::string, std::string>> reading(std::filesystem::path file,
                                                             milliseconds patience,
                                                             pthread_t* reader) {
  std::promise<pthread_t> begun;
  auto thread = begun.get_future();
  auto text = std::async(std::launch::async, [=, begun = std::move(begun)]() mutable {
    begun.set_value(::pthread_self());
    return read_file_or_pipe(file, 100, patience);
  });
  *reader = thread.get();
  return text;
}

// It took the interrupted wait for data, and so the absent writer for the end.
TEST_F(Files, ASignalDoesNotEndTheWaitForTheWriterOfAPipe) {
  struct sigaction nothing{};
  struct sigaction before{};
  nothing.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &nothing, &before);
  pthread_t reader{};
  auto text = reading(pipe_, std::chrono::seconds(20), &reader);
  for (int i = 0; i < 30 && text.wait_for(milliseconds(1)) == std::future_status::timeout; ++i) {
    ::pthread_kill(reader, SIGUSR1);
  }
  if (text.wait_for(milliseconds(0)) == std::future_status::timeout) {
    std::ofstream(pipe_, std::ios::binary) << "abc";
  }
  EXPECT_EQ(text.get(), "abc");
  ::sigaction(SIGUSR1, &before, nullptr);
}

// A token is typed or pasted there.
TEST_F(Files, ATerminalHasAllTheTimeOfItsUser) {
  int user = -1;
  int program = -1;
  std::array<char, 64> name{};
  ASSERT_EQ(::openpty(&user, &program, name.data(), nullptr, nullptr), 0);
  pthread_t reader{};
  auto text = reading(name.data(), milliseconds(1), &reader);
  // Without a terminal the time is over long before.
  EXPECT_EQ(text.wait_for(milliseconds(50)), std::future_status::timeout);
  EXPECT_EQ(::write(user, "abc\n\x04", 5), 5);
  EXPECT_EQ(text.get(), "abc\n");
  ::close(user);
  ::close(program);
}

TEST_F(Files, OthersThanTheOwnerAreWarnedOf) {
  write("");
  ::chmod(file_.c_str(), 0600);
  EXPECT_EQ(warning_of_mode(file_), "");
  ::chmod(file_.c_str(), 0604);
  EXPECT_TRUE(warning_of_mode(file_).starts_with(named(" can be read or changed by users")));
}

}  // namespace
}  // namespace picus
