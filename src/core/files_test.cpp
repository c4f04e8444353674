#include "core/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

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

TEST_F(Files, OthersThanTheOwnerAreWarnedOf) {
  write("");
  ::chmod(file_.c_str(), 0600);
  EXPECT_EQ(warning_of_mode(file_), "");
  ::chmod(file_.c_str(), 0604);
  EXPECT_TRUE(warning_of_mode(file_).starts_with(named(" can be read or changed by users")));
}

}  // namespace
}  // namespace picus
