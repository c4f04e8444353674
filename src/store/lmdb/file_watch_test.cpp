#include "store/lmdb/file_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/file_descriptor.h"
#include "store/testing/store_testing.h"

namespace picus {
namespace {

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::filesystem::create_directory(data_);
    std::ofstream(file_) << "0123456789";
    descriptor_ = FileDescriptor(::open(file_.c_str(), O_RDWR | O_CLOEXEC));
    watch_ = FileWatch(file_, descriptor_.number());
  }

  TemporaryDirectory directory_;
  std::filesystem::path data_ = directory_.path() / "data";
  std::filesystem::path file_ = data_ / "file";
  FileDescriptor descriptor_;
  FileWatch watch_;
};

TEST_F(FileWatchTest, AFileThatOnlyGrowsIsNotLost) {
  EXPECT_EQ(watch_.look(), Loss::none);
  std::filesystem::resize_file(file_, 1000);
  EXPECT_EQ(watch_.look(), Loss::none);
}

TEST_F(FileWatchTest, AFileThatBecameShorterIsTruncated) {
  std::filesystem::resize_file(file_, 1000);
  EXPECT_EQ(watch_.look(), Loss::none);
  std::filesystem::resize_file(file_, 999);
  EXPECT_EQ(watch_.look(), Loss::truncated);
}

TEST_F(FileWatchTest, AFileOrDirectoryThatIsNotThereIsDeleted) {
  std::filesystem::rename(data_, directory_.path() / "moved");
  EXPECT_EQ(watch_.look(), Loss::deleted);
  std::ofstream(data_) << "no directory";
  EXPECT_EQ(watch_.look(), Loss::deleted);
  std::filesystem::remove(data_);
  std::filesystem::rename(directory_.path() / "moved", data_);
  EXPECT_EQ(watch_.look(), Loss::none);
}

TEST_F(FileWatchTest, AnotherFileUnderThePathIsAReplacement) {
  const auto copy = data_ / "copy";
  std::filesystem::copy_file(file_, copy);
  std::filesystem::rename(copy, file_);
  EXPECT_EQ(watch_.look(), Loss::replaced);
}

TEST_F(FileWatchTest, APathThatCannotBeLookedAtSaysNothing) {
  const auto loop = directory_.path() / "loop";
  std::filesystem::create_symlink(loop, loop);
  EXPECT_EQ(FileWatch(loop / "file", descriptor_.number()).look(), Loss::none);
  EXPECT_EQ(FileWatch().look(), Loss::none);
}

TEST_F(FileWatchTest, EachLossHasAName) {
  EXPECT_EQ(name_of(Loss::deleted), "deleted");
  EXPECT_EQ(name_of(Loss::overwritten), "overwritten");
}

}  // namespace
}  // namespace picus
