#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/lmdb/directory.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/store.h"
#include "store/testing/raw_lmdb.h"
#include "store/testing/store_testing.h"

// Which directories are a store, and what is said of the others.
namespace picus {
namespace {

using std::filesystem::path;

constexpr std::size_t kOpenedMapBytes = 1UZ << 30;
constexpr std::size_t kMetaPageBytes = 4096;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kVersionAt = 20;
constexpr std::size_t kLastPageAt = 136;

Result<std::unique_ptr<LmdbStore>> open_store(const path& directory, Log& log,
                                              bool read_only = false) {
  return LmdbStore::open({.directory = directory, .read_only = read_only}, log);
}

/// What the person who starts Picus reads; empty if the store opens.
std::string refusal(const path& directory, bool read_only = false) {
  RecordedLog log;
  const auto opened = open_store(directory, log, read_only);
  if (opened) return "";
  EXPECT_EQ(opened.error().code(), ErrorCode::store_unavailable);
  return opened.error().message();
}

class LmdbOpening : public testing::Test {
 protected:
  /// A store with an item.
  void make_store() const {
    RecordedLog log;
    const auto store = open_store(directory_.path(), log);
    ASSERT_TRUE(store);
    EXPECT_EQ(StoreCaller(**store).put(large_item("k", 200'000)), "created");
  }

  /// Whether that item is there.
  [[nodiscard]] bool serves() const {
    RecordedLog log;
    const auto store = open_store(directory_.path(), log);
    return store && StoreCaller(**store).get("k") == large_item("k", 200'000).json;
  }

  [[nodiscard]] path file() const { return items_file(directory_.path()); }

  void write_file(std::string_view bytes) const {
    std::ofstream(file(), std::ios::binary) << bytes;
  }

  /// Into both meta pages.
  void overwrite_meta(std::size_t offset, std::uint32_t number) const {
    const int descriptor = ::open(file().c_str(), O_WRONLY | O_CLOEXEC);
    for (const std::size_t at : {offset, kMetaPageBytes + offset}) {
      EXPECT_EQ(::pwrite(descriptor, &number, sizeof number, static_cast<off_t>(at)), 4);
    }
    ::close(descriptor);
  }

  /// That the message names the file, and says this.
  void expect_refusal(std::string_view words, bool read_only = false) const {
    const std::string message = refusal(directory_.path(), read_only);
    EXPECT_TRUE(message.contains(file().string())) << message;
    EXPECT_TRUE(message.contains(words)) << message;
  }

  TemporaryDirectory directory_;
};

TEST_F(LmdbOpening, AnAbsentDirectoryIsMadeForItsOwnerAlone) {
  const path inner = directory_.path() / "a" / "b";
  EXPECT_EQ(refusal(inner), "");
  struct stat status{};
  ASSERT_EQ(::stat(inner.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat(items_file(inner).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(LmdbOpening, AnEmptyFileBecomesAStore) {
  write_file("");
  make_store();
  EXPECT_TRUE(serves());
}

// A crash of the file system, or a copy that failed: the store was there, and must not begin anew.
TEST_F(LmdbOpening, AnEmptyFileBesideALockFileThatKnowsOfAStoreIsRefused) {
  make_store();
  write_file("");
  expect_refusal("is empty, but it had a store");
  expect_refusal("is not a Picus store", true);
  EXPECT_EQ(std::filesystem::file_size(file()), 0U);
  std::filesystem::remove(lock_file(file()));
  make_store();
  EXPECT_TRUE(serves());
}

TEST_F(LmdbOpening, AnEmptyFileBesideALockFileOfNoStoreBecomesAStore) {
  make_store();
  write_file("");
  std::filesystem::resize_file(lock_file(file()), 0);
  make_store();
  EXPECT_TRUE(serves());
}

// LMDB would overwrite it: whoever may write to the directory must not choose what.
TEST_F(LmdbOpening, ALockFileOfSomethingElseIsRefusedAndLeftAlone) {
  const std::string text = "root:x:0:0:root:/root:/bin/bash\n";
  const path other = directory_.path() / "passwd";
  make_store();
  for (const bool is_link : {false, true}) {
    const path lock = lock_file(file());
    std::filesystem::remove(lock);
    if (is_link) std::filesystem::create_symlink(other, lock);
    std::ofstream(lock, std::ios::binary) << text;
    for (const bool read_only : {false, true}) {
      EXPECT_TRUE(
          refusal(directory_.path(), read_only).contains("is not the lock file of a store"));
    }
    std::ifstream in(lock, std::ios::binary);
    EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(in), {}) == text);
    std::filesystem::remove(lock);
  }
  std::filesystem::remove(other);
  std::filesystem::create_symlink(other, lock_file(file()));  // it would be created
  EXPECT_FALSE(refusal(directory_.path()).empty());
  EXPECT_FALSE(std::filesystem::exists(other));
}

TEST_F(LmdbOpening, ALockFileMayBeBehindALink) {
  make_store();
  const path elsewhere = directory_.path() / "lock";
  std::filesystem::rename(lock_file(file()), elsewhere);
  std::filesystem::create_symlink(elsewhere, lock_file(file()));
  EXPECT_TRUE(serves());
}

TEST_F(LmdbOpening, AFileThatIsNotAStoreIsRefusedAndLeftAlone) {
  for (const std::string& text : {std::string("hello"), std::string(100, 'x'),
                                  std::string(10'000, 'x'), std::string(10'000, '\0')}) {
    write_file(text);
    expect_refusal("is not a Picus store");
    expect_refusal("is not a Picus store", true);
    std::ifstream in(file(), std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
  }
}

TEST_F(LmdbOpening, AMetaPageThatNamesPagesFarBehindTheFileIsRefused) {
  make_store();
  for (const std::uint32_t pages : {20'000'000U, 0xFFFF'FFFFU}) {
    overwrite_meta(kLastPageAt, pages);
    const auto length = std::filesystem::file_size(file());
    expect_refusal("is truncated");
    expect_refusal("is truncated", true);
    EXPECT_EQ(std::filesystem::file_size(file()), length);
  }
}

TEST_F(LmdbOpening, AForeignLmdbFileIsRefused) {
  RawLmdb(directory_.path()).put("their", "data");
  expect_refusal("is an LMDB file, but not a Picus store");
  expect_refusal("is an LMDB file, but not a Picus store", true);
  EXPECT_EQ(RawLmdb(directory_.path()).get("their"), "data");
}

TEST_F(LmdbOpening, AnEmptyLmdbFileBecomesAStoreUnlessItIsOnlyRead) {
  RawLmdb(directory_.path()).readers();
  expect_refusal("not a Picus store", true);
  make_store();
  EXPECT_TRUE(serves());
}

TEST_F(LmdbOpening, ANewerFormatIsRefused) {
  make_store();
  RawLmdb(directory_.path()).mark_format("picus 3");
  expect_refusal("was created by a newer version of Picus (format 3");
  expect_refusal("was created by a newer version of Picus (format 3", true);
  RawLmdb(directory_.path()).mark_format("picus 1");
  EXPECT_TRUE(serves());
}

TEST_F(LmdbOpening, AWriterRaisesTheFormatOfAnOlderStoreAndAReaderDoesNot) {
  constexpr std::string_view kFormat{"\0format", 7};
  make_store();
  EXPECT_EQ(RawLmdb(directory_.path()).get(kFormat), "picus 2");
  RawLmdb(directory_.path()).mark_format("picus 1");
  RecordedLog log;
  ASSERT_TRUE(open_store(directory_.path(), log, true));
  EXPECT_EQ(RawLmdb(directory_.path()).get(kFormat), "picus 1");
  ASSERT_TRUE(open_store(directory_.path(), log));
  EXPECT_EQ(RawLmdb(directory_.path()).get(kFormat), "picus 2");
  EXPECT_EQ(log.count("store-format-raised"), 1U);
  EXPECT_TRUE(serves());
}

TEST_F(LmdbOpening, AMarkThatIsNoneIsRefused) {
  make_store();
  for (const char* mark : {"picus 0", "picus ", "picus x", "nest 1", ""}) {
    RawLmdb(directory_.path()).mark_format(mark);
    expect_refusal("not a Picus store");
  }
}

TEST_F(LmdbOpening, ANewerLmdbIsRefused) {
  make_store();
  overwrite_meta(kVersionAt, 999);
  expect_refusal("newer version of LMDB");
}

TEST_F(LmdbOpening, AnotherByteOrderIsRefused) {
  make_store();
  overwrite_meta(kMagicAt, 0xDEC0EFBEU);
  expect_refusal("another byte order");
}

TEST_F(LmdbOpening, AFileThatWasCutOffIsRefused) {
  make_store();
  const auto whole = std::filesystem::file_size(file());
  for (const std::uintmax_t bytes :
       {whole / 2, std::uintmax_t{5 * kMetaPageBytes}, std::uintmax_t{2 * kMetaPageBytes + 1}}) {
    std::filesystem::resize_file(file(), bytes);
    expect_refusal("is truncated: it has " + std::to_string(bytes) + " of");
    expect_refusal("is truncated", true);
    EXPECT_EQ(std::filesystem::file_size(file()), bytes);
  }
  for (const std::uintmax_t bytes : {std::uintmax_t{kMetaPageBytes + 100}, std::uintmax_t{100}}) {
    std::filesystem::resize_file(file(), bytes);
    expect_refusal("is not a Picus store");
  }
}

TEST_F(LmdbOpening, NoByteThatIsUsedMayBeMissingAndNoOtherIsNeeded) {
  make_store();
  const EnvironmentOptions options{.directory = directory_.path(), .map_bytes = kOpenedMapBytes};
  const std::size_t used = Environment::open(options).value()->used_bytes();
  std::filesystem::resize_file(file(), used);
  EXPECT_TRUE(serves());
  std::filesystem::resize_file(file(), used - 1);
  expect_refusal("is truncated");
}

// A transaction that takes pages at the file's end and gives them back never writes them. Stores
// that it left were once refused as cut off.
TEST_F(LmdbOpening, AFileThatLacksOnlyFreePagesIsWhole) {
  using Step = std::vector<NewItem>;
  const std::vector<Step> steps = {{large_item("k1", 1474), large_item("k0", 6028)},
                                   {large_item("k1", 147'516), large_item("k2", 1935)},
                                   {large_item("k1", 4366), large_item("k1", 5566),
                                    large_item("k1", 219'671), large_item("k2", 15'409)},
                                   {large_item("k1", 4848), large_item("k1", 260'330),
                                    large_item("k2", 27), large_item("k1", 264'164)}};
  RecordedLog log;
  {
    const auto store = open_store(directory_.path(), log);
    for (const Step& step : steps) StoreCaller(**store).put_many(step, OnConflict::replace);
  }
  const EnvironmentOptions options{.directory = directory_.path(), .map_bytes = kOpenedMapBytes};
  const std::size_t used = Environment::open(options).value()->used_bytes();
  ASSERT_LT(std::filesystem::file_size(file()), used) << "else this test proves nothing";

  for (const bool read_only : {true, false}) {
    const auto store = open_store(directory_.path(), log, read_only);
    ASSERT_TRUE(store) << store.error().message();
    EXPECT_EQ(StoreCaller(**store).all(),
              (std::vector<std::string>{large_item("k0", 6028).json, large_item("k1", 264'164).json,
                                        large_item("k2", 27).json}));
  }
  // The free pages, and those that were lacking, can be used.
  const auto store = open_store(directory_.path(), log);
  StoreCaller call(**store);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(call.put(large_item("l" + std::to_string(i), 7000)), "created");
  }
  for (int i = 0; i < 100; ++i) {
    const std::string id = "l" + std::to_string(i);
    EXPECT_EQ(call.get(id), large_item(id, 7000).json);
  }
}

TEST_F(LmdbOpening, ADirectoryThatIsAFileIsRefused) {
  const path taken = directory_.path() / "taken";
  std::ofstream(taken) << "text";
  EXPECT_EQ(refusal(taken), taken.string() + " is not a directory: choose another data directory.");
  EXPECT_TRUE(refusal(taken / "inner").contains(taken.string()));
}

TEST_F(LmdbOpening, AFileThatIsADirectoryIsRefused) {
  std::filesystem::create_directory(file());
  EXPECT_NE(refusal(directory_.path()), "");
  EXPECT_NE(refusal(directory_.path(), true), "");
}

TEST_F(LmdbOpening, ReadingAnAbsentStoreIsRefusedAndMakesNothing) {
  const path absent = directory_.path() / "absent";
  EXPECT_TRUE(refusal(absent, true).contains("There is no store in " + absent.string()));
  EXPECT_FALSE(std::filesystem::exists(absent));
  EXPECT_TRUE(refusal(directory_.path(), true).contains("There is no store in"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
  write_file("");
  EXPECT_NE(refusal(directory_.path(), true), "");
}

TEST_F(LmdbOpening, AStoreThatIsOnlyReadRefusesEveryWrite) {
  make_store();
  RecordedLog log;
  const auto store = open_store(directory_.path(), log, true);
  ASSERT_TRUE(store);
  StoreCaller call(**store);
  EXPECT_EQ(call.get("k"), large_item("k", 200'000).json);
  EXPECT_EQ(call.all().size(), 1U);
  EXPECT_EQ(call.ask(), "ok");
  EXPECT_EQ(call.put(item("l")), "store-unavailable");
  EXPECT_EQ(call.put_many({item("l")}, OnConflict::replace), "store-unavailable");
  EXPECT_EQ(call.remove("k"), "store-unavailable");
  EXPECT_EQ(call.all().size(), 1U);
}

TEST_F(LmdbOpening, ReadingChangesNoByteOfTheFile) {
  make_store();
  const auto bytes = [this] {
    std::ifstream in(file(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string before = bytes();
  RecordedLog log;
  {
    const auto store = open_store(directory_.path(), log, true);
    ASSERT_TRUE(store);
    StoreCaller(**store).all();
  }
  EXPECT_EQ(bytes(), before);
}

TEST_F(LmdbOpening, ADirectoryMayBeNamedWithASlashAtItsEnd) {
  const path slashed = directory_.path() / "data" / "";
  EXPECT_EQ(refusal(slashed), "");
  EXPECT_EQ(refusal(directory_.path() / "data"), "");
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "data" / "items.mdb"));
}

}  // namespace
}  // namespace picus
