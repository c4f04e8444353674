#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picus {

/// A pipe whose reading end is the test's.
class TestPipe {
 public:
  TestPipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~TestPipe() {
    close_reader();
    close_writer();
  }
  TestPipe(const TestPipe&) = delete;
  TestPipe& operator=(const TestPipe&) = delete;

  [[nodiscard]] int write_end() const { return ends_[1]; }
  void close_reader() { close(ends_[0]); }
  void close_writer() { close(ends_[1]); }

  /// Fills it with one line, so that it takes nothing more until the test reads.
  void fill() const {
    std::string line(static_cast<std::size_t>(::fcntl(write_end(), F_GETPIPE_SZ)), '-');
    line.back() = '\n';
    EXPECT_EQ(::write(write_end(), line.data(), line.size()), std::ssize(line));
  }

  /// The next line without its '\n'; empty at the end.
  std::string line() {
    std::size_t end = read_.find('\n');
    while (end == std::string::npos && more()) end = read_.find('\n');
    std::string line = read_.substr(0, end);
    read_.erase(0, end == std::string::npos ? end : end + 1);
    return line;
  }

  /// All lines that are still to come. Ends when every writer has closed it.
  std::vector<std::string> rest() {
    close_writer();
    while (more()) {
    }
    std::vector<std::string> lines;
    while (!read_.empty()) lines.push_back(line());
    return lines;
  }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }

  bool more() {
    std::array<char, 65536> buffer;
    const ssize_t size = ::read(ends_[0], buffer.data(), buffer.size());
    if (size > 0) read_.append(buffer.data(), static_cast<std::size_t>(size));
    return size > 0;
  }

  std::array<int, 2> ends_{-1, -1};
  std::string read_;
};

}  // namespace picus
