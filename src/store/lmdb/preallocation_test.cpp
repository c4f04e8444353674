#include "store/lmdb/preallocation.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>

#include "store/testing/faulty_disk.h"
#include "store/testing/store_testing.h"

namespace picus {
namespace {

constexpr std::size_t kKilobyte = 1024;
constexpr std::size_t kMegabyte = 1024 * kKilobyte;

class Preallocation : public testing::Test {
 public:
  Preallocation()
      : descriptor_(
            ::open((directory_.path() / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~Preallocation() override { ::close(descriptor_); }

 protected:
  /// A file of so many bytes `x`.
  void fill(std::size_t bytes) const {
    const std::string text(bytes, 'x');
    ASSERT_EQ(::ftruncate(descriptor_, 0), 0);
    ASSERT_EQ(::pwrite(descriptor_, text.data(), bytes, 0), static_cast<ssize_t>(bytes));
  }

  [[nodiscard]] std::size_t file_bytes() const {
    struct stat status{};
    EXPECT_EQ(::fstat(descriptor_, &status), 0);
    return static_cast<std::size_t>(status.st_size);
  }

  [[nodiscard]] std::string text() const {
    std::string bytes(file_bytes(), '?');
    EXPECT_EQ(::pread(descriptor_, bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    return bytes;
  }

  /// Nothing that was there has changed, and what was added is zeros.
  void expect_only_zeros_behind(std::size_t bytes) const {
    const std::string now = text();
    EXPECT_EQ(now.substr(0, bytes), std::string(bytes, 'x'));
    EXPECT_EQ(now.find_first_not_of('\0', bytes), std::string::npos);
  }

  TemporaryDirectory directory_;
  int descriptor_;
};

TEST_F(Preallocation, KeepsZerosAheadOfWhatIsUsed) {
  for (const std::size_t used : {8 * kKilobyte, 100 * kKilobyte, 3 * kMegabyte}) {
    fill(used);
    preallocate(descriptor_, used);
    EXPECT_GE(file_bytes(), used + 64 * kKilobyte);
    EXPECT_LE(file_bytes(), used + 2 * kMegabyte);
    expect_only_zeros_behind(used);
  }
}

TEST_F(Preallocation, TakesMoreForALargerFileUpToABound) {
  fill(4 * kMegabyte);
  preallocate(descriptor_, 4 * kMegabyte);
  EXPECT_GE(file_bytes(), 4 * kMegabyte + 512 * kKilobyte);
  fill(40 * kMegabyte);
  preallocate(descriptor_, 40 * kMegabyte);
  EXPECT_LE(file_bytes(), 41 * kMegabyte + 64 * kKilobyte);
}

TEST_F(Preallocation, WritesBlocksAndNotAHole) {
  fill(8 * kKilobyte);
  preallocate(descriptor_, 8 * kKilobyte);
  EXPECT_EQ(::fdatasync(descriptor_), 0);
  struct stat status{};
  ASSERT_EQ(::fstat(descriptor_, &status), 0);
  EXPECT_GE(static_cast<std::size_t>(status.st_blocks) * 512, file_bytes());
}

TEST_F(Preallocation, DoesNothingWhileThereIsEnough) {
  fill(200 * kKilobyte);
  for (const std::size_t used : {8 * kKilobyte, 100 * kKilobyte, 150 * kKilobyte}) {
    preallocate(descriptor_, used);
    EXPECT_EQ(file_bytes(), 200 * kKilobyte) << used;
  }
  preallocate(descriptor_, 190 * kKilobyte);
  EXPECT_GT(file_bytes(), 200 * kKilobyte);
  expect_only_zeros_behind(200 * kKilobyte);
}

TEST_F(Preallocation, LeavesANearlyFullDiskAlone) {
  fill(8 * kKilobyte);
  {
    const FreeSpace little(63 * kMegabyte);
    preallocate(descriptor_, 8 * kKilobyte);
  }
  EXPECT_EQ(file_bytes(), 8 * kKilobyte);
  const FreeSpace enough(64 * kMegabyte);
  preallocate(descriptor_, 8 * kKilobyte);
  EXPECT_GT(file_bytes(), 8 * kKilobyte);
}

TEST_F(Preallocation, IsBoundedWhateverIsSaidToBeUsed) {
  fill(8 * kKilobyte);
  // First what no disk is filled by.
  for (const std::size_t used : {4 * kMegabyte, 1UZ << 36U, std::numeric_limits<std::size_t>::max(),
                                 std::numeric_limits<std::size_t>::max() - 4 * kKilobyte}) {
    preallocate(descriptor_, used);
    ASSERT_EQ(file_bytes(), 8 * kKilobyte) << used;
  }
  for (const std::size_t used : {kMegabyte, 2 * kMegabyte, 100 * kMegabyte}) {
    const std::size_t before = file_bytes();
    preallocate(descriptor_, used);
    ASSERT_LE(file_bytes(), before + 3 * kMegabyte) << used;
  }
}

TEST_F(Preallocation, DoesNothingForAFileOfAnAbsurdLength) {
  constexpr std::size_t kAbsurd = 1UZ << 42U;
  ASSERT_EQ(::ftruncate(descriptor_, kAbsurd), 0);
  preallocate(descriptor_, 8 * kKilobyte);
  struct stat status{};
  ASSERT_EQ(::fstat(descriptor_, &status), 0);
  EXPECT_EQ(static_cast<std::size_t>(status.st_size), kAbsurd);
  EXPECT_EQ(status.st_blocks, 0);
}

TEST_F(Preallocation, DoesNoHarmWhereItFails) {
  fill(8 * kKilobyte);
  {
    const DiskFault fault({.call = DiskCall::page_write, .error = ENOSPC});
    preallocate(descriptor_, 8 * kKilobyte);
    EXPECT_EQ(fault.hits(), 1U);
  }
  EXPECT_EQ(file_bytes(), 8 * kKilobyte);
  preallocate(-1, 8 * kKilobyte);
}

TEST_F(Preallocation, GoesOnAfterASignal) {
  fill(8 * kKilobyte);
  const DiskFault fault({.call = DiskCall::page_write, .error = EINTR, .times = 1});
  preallocate(descriptor_, 8 * kKilobyte);
  EXPECT_EQ(fault.hits(), 1U);
  EXPECT_GT(file_bytes(), 8 * kKilobyte);
  expect_only_zeros_behind(8 * kKilobyte);
}

TEST_F(Preallocation, TryingToGrowTellsWhetherTheFileCan) {
  fill(8 * kKilobyte);
  for (const int full : {ENOSPC, EDQUOT, EFBIG}) {
    const DiskFault fault({.call = DiskCall::page_write, .error = full});
    EXPECT_EQ(try_to_grow(descriptor_), full);
    EXPECT_EQ(file_bytes(), 8 * kKilobyte);
  }
  EXPECT_EQ(try_to_grow(descriptor_), 0);
  EXPECT_GT(file_bytes(), 8 * kKilobyte);
  expect_only_zeros_behind(8 * kKilobyte);
  EXPECT_EQ(try_to_grow(-1), EBADF);
}

}  // namespace
}  // namespace picus
