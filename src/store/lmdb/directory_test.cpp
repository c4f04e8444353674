#include "store/lmdb/directory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>

#include "store/testing/faulty_disk.h"
#include "store/testing/store_testing.h"

// Which files are taken for a store: lmdb_opening_test.cpp.
namespace picus {
namespace {

TEST(LmdbDirectory, EveryDirectoryThatIsMadeIsDurableInItsParent) {
  const TemporaryDirectory directory;
  const std::filesystem::path inner = directory.path() / "a" / "b" / "c";
  const std::uint64_t before = sync_count();
  EXPECT_TRUE(make_directory(inner));
  EXPECT_EQ(sync_count(), before + 3);
  EXPECT_TRUE(std::filesystem::is_directory(inner));
  EXPECT_TRUE(make_directory(inner));
  EXPECT_EQ(sync_count(), before + 3);
}

TEST(LmdbDirectory, AFailedSyncIsToldUnlessTheFileSystemKnowsNone) {
  const TemporaryDirectory directory;
  {
    const DiskFault fault({.call = DiskCall::sync, .error = EIO});
    EXPECT_FALSE(sync_directory(directory.path()));
  }
  const DiskFault fault({.call = DiskCall::sync, .error = EINVAL});
  EXPECT_TRUE(sync_directory(directory.path()));
}

TEST(LmdbDirectory, AnAbsentFileIsGoodUnlessItMustExist) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = items_file(directory.path());
  EXPECT_EQ(file, directory.path() / "items.mdb");
  EXPECT_TRUE(inspect_file({file}, false, false));
  EXPECT_FALSE(inspect_file({file}, false, true));
  EXPECT_FALSE(inspect_file({file}, true, true));
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace picus
