#include "store/lmdb/directory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "store/lmdb/process_locks.h"
#include "store/lmdb/readers.h"
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

TEST(LmdbDirectory, ALockFileThatWasOnlyBegunIsGood) {
  const TemporaryDirectory directory;
  const std::filesystem::path items = items_file(directory.path());
  const std::filesystem::path lock = lock_file(items);
  EXPECT_TRUE(inspect_lock_file(items));  // none
  std::ofstream(lock) << "";
  for (const std::size_t bytes : {0UZ, 3UZ, 64UZ * 128, 64UZ * (kMaxReaders + 2)}) {
    std::filesystem::resize_file(lock, bytes);
    EXPECT_TRUE(inspect_lock_file(items)) << bytes;
    EXPECT_TRUE(LmdbProcessLocks(items).inspect()) << bytes;
  }
}

// LMDB would overwrite it.
TEST(LmdbDirectory, AnotherFileThatIsEmptyOrBeginsWithZerosIsNoLockFile) {
  const TemporaryDirectory directory;
  const std::filesystem::path items = items_file(directory.path());
  const std::filesystem::path lock = lock_file(items);
  const std::filesystem::path other = directory.path() / "other";
  const auto expect_refusal = [&items] {
    for (const auto& inspected : {inspect_lock_file(items), LmdbProcessLocks(items).inspect()}) {
      ASSERT_FALSE(inspected);
      EXPECT_TRUE(inspected.error().message().contains("is not the lock file of a store"));
    }
  };
  std::ofstream(other) << "";
  std::filesystem::create_hard_link(other, lock);
  expect_refusal();
  std::filesystem::remove(lock);
  std::filesystem::create_symlink(other, lock);
  expect_refusal();
  std::filesystem::remove(lock);
  std::ofstream(lock) << "";
  std::filesystem::resize_file(lock, 1UZ << 20U);
  expect_refusal();
}

// It may be the lock file of a process that runs: nobody is told to move it away.
TEST(LmdbDirectory, ALockFileBehindALinkThatCannotBeOpenedIsNotTakenForAnotherFile) {
  const TemporaryDirectory directory;
  const std::filesystem::path items = items_file(directory.path());
  // An error of its own, which root gets too.
  constexpr std::size_t kTooLong = 256;
  std::filesystem::create_symlink(std::string(kTooLong, 'x'), lock_file(items));
  const auto inspected = inspect_lock_file(items);
  ASSERT_FALSE(inspected);
  EXPECT_TRUE(inspected.error().message().contains("File name too long"))
      << inspected.error().message();
}

}  // namespace
}  // namespace picus
