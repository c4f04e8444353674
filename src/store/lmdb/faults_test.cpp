#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/run.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/store.h"
#include "store/testing/faulty_disk.h"
#include "store/testing/store_testing.h"

// The embedded store on a disk that fails.
namespace picus {
namespace {

const std::string kOld = R"({"id":"old"})";

class LmdbFaults : public testing::Test {
 protected:
  void SetUp() override {
    open();
    EXPECT_EQ(call().put(item("old")), "created");
  }

  void open(LmdbStore::Durability durability = LmdbStore::Durability::full) {
    store_.reset();
    store_ =
        LmdbStore::open({.directory = directory_.path(), .durability = durability}, log_).value();
  }
  StoreCaller call() { return StoreCaller(*store_); }

  /// The store has these items, now and after it was closed and opened.
  void expect_items(const std::vector<std::string>& texts) {
    EXPECT_EQ(call().all(), texts);
    open();
    EXPECT_EQ(call().all(), texts);
  }

  TemporaryDirectory directory_;
  RecordedLog log_;
  std::unique_ptr<LmdbStore> store_;
};

TEST_F(LmdbFaults, AFailedSyncRefusesItsWriteAndTheStoreGoesOnByItself) {
  {
    const DiskFault fault({.call = DiskCall::sync, .error = EIO, .times = 1});
    EXPECT_EQ(call().put(item("lost")), "store-unavailable");
    EXPECT_EQ(fault.hits(), 1U);
  }
  EXPECT_EQ(call().get("lost"), "absent");
  EXPECT_EQ(call().get("old"), kOld);
  EXPECT_EQ(log_.count("store-write-failed"), 1U);
  EXPECT_EQ(log_.count("store-reopened"), 1U);
  EXPECT_EQ(call().put(item("new")), "created");
  expect_items({R"({"id":"new"})", kOld});
}

TEST_F(LmdbFaults, WhileSyncsFailWritesAreRefusedAndReadsGoOn) {
  {
    const DiskFault fault({.call = DiskCall::sync, .error = EIO});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(call().put(item("lost")), "store-unavailable");
    EXPECT_EQ(call().put_many({item("lost")}, OnConflict::replace), "store-unavailable");
    EXPECT_EQ(call().remove("old"), "store-unavailable");
    EXPECT_EQ(call().get("old"), kOld);
    EXPECT_EQ(call().all(), std::vector<std::string>{kOld});
  }
  EXPECT_EQ(call().put(item("new")), "created");
  expect_items({R"({"id":"new"})", kOld});
}

TEST_F(LmdbFaults, ReadyTellsThatSyncsFailAndBringsTheStoreBack) {
  {
    const DiskFault fault({.call = DiskCall::sync, .error = EIO});
    call().put(item("lost"));
    EXPECT_EQ(call().ask(), "unreachable");
    EXPECT_EQ(log_.count("store-reopened"), 0U);
  }
  EXPECT_EQ(call().ask(), "ok");
  EXPECT_EQ(log_.count("store-reopened"), 1U);
  expect_items({kOld});
}

TEST_F(LmdbFaults, ThePagesOfAFailedSyncAreNoPartOfALaterWrite) {
  call().put(large_item("a", 100'000));
  {
    const DiskFault fault({.call = DiskCall::sync, .error = EIO, .times = 1});
    EXPECT_EQ(call().put(large_item("a", 50'000), Always{}), "store-unavailable");
  }
  call().put(large_item("b", 70'000));
  expect_items({large_item("a", 100'000).json, large_item("b", 70'000).json, kOld});
}

TEST_F(LmdbFaults, AFailedMetaPageRefusesItsWriteWhetherItReachedTheDiskOrNot) {
  for (const bool takes_effect : {false, true}) {
    {
      const DiskFault fault(
          {.call = DiskCall::meta_write, .error = EIO, .times = 1, .takes_effect = takes_effect});
      EXPECT_EQ(call().put(item("lost")), "store-unavailable");
      EXPECT_EQ(fault.hits(), 1U);
    }
    EXPECT_EQ(call().get("lost"), "absent");
    EXPECT_EQ(call().put(item("new"), Always{}), takes_effect ? "replaced" : "created");
    expect_items({R"({"id":"new"})", kOld});
  }
}

TEST_F(LmdbFaults, AfterAFailedMetaPageNothingIsWrittenBeforeBothAreOnDiskAgain) {
  {
    const DiskFault fault({.call = DiskCall::meta_write, .error = EIO});
    EXPECT_EQ(call().put(item("lost")), "store-unavailable");
    EXPECT_EQ(call().put(item("lost")), "store-unavailable");
    EXPECT_EQ(call().ask(), "unreachable");
    EXPECT_EQ(call().get("old"), kOld);
    EXPECT_EQ(call().get("lost"), "absent");
  }
  const std::uint64_t before = sync_count();
  EXPECT_EQ(call().ask(), "ok");
  EXPECT_EQ(sync_count(), before + 1);
  EXPECT_EQ(call().put(item("new")), "created");
  expect_items({R"({"id":"new"})", kOld});
}

TEST_F(LmdbFaults, APageThatCannotBeWrittenRefusesItsWrite) {
  {
    const DiskFault fault({.call = DiskCall::page_write, .error = EIO});
    EXPECT_EQ(call().put(item("lost")), "store-unavailable");
    EXPECT_GE(fault.hits(), 1U);
    EXPECT_EQ(call().get("old"), kOld);
  }
  EXPECT_EQ(call().ask(), "ok");
  EXPECT_EQ(call().put(item("new")), "created");
  expect_items({R"({"id":"new"})", kOld});
}

TEST_F(LmdbFaults, AFullDiskRefusesTheWriteAndKeepsTheStore) {
  for (const int full : {ENOSPC, EDQUOT, EFBIG}) {
    for (const DiskCall call_that_fails : {DiskCall::page_write, DiskCall::sync}) {
      const DiskFault fault({.call = call_that_fails, .error = full});
      EXPECT_EQ(call().put(item("lost")), "store-full");
      EXPECT_EQ(call().put(large_item("lost", 300'000)), "store-full");
      EXPECT_EQ(call().put_many({item("lost")}, OnConflict::replace), "store-full");
      EXPECT_EQ(call().remove("old"), "store-full");
      EXPECT_EQ(call().get("old"), kOld);
      EXPECT_EQ(call().ask(), "ok");
    }
    EXPECT_EQ(call().put(item("new"), Always{}), full == ENOSPC ? "created" : "replaced");
  }
  expect_items({R"({"id":"new"})", kOld});
}

TEST_F(LmdbFaults, AMetaPageWithoutRoomRefusesTheWriteAndKeepsTheStore) {
  {
    const DiskFault fault({.call = DiskCall::meta_write, .error = ENOSPC, .times = 1});
    EXPECT_EQ(call().put(item("lost")), "store-full");
  }
  EXPECT_EQ(call().put(item("new")), "created");
  expect_items({R"({"id":"new"})", kOld});
}

TEST_F(LmdbFaults, ARelaxedStoreGoesOnAfterItsBackgroundSyncFailed) {
  open(LmdbStore::Durability::relaxed);
  {
    // The first sync is that of the pages, the second the one in the background.
    const DiskFault fault({.call = DiskCall::sync, .error = EIO, .from = 2, .times = 2});
    const std::uint64_t before = sync_count();
    EXPECT_EQ(call().put(item("new")), "created");
    wait_for_syncs(before + 3);  // the third, which fails too, is that of the recovery
  }
  EXPECT_EQ(call().get("new"), R"({"id":"new"})");
  EXPECT_EQ(call().ask(), "ok");
  EXPECT_EQ(call().put(item("newer")), "created");
  EXPECT_EQ(log_.count("store-write-failed"), 1U);
  expect_items({R"({"id":"new"})", R"({"id":"newer"})", kOld});
}

// The store once made a new, empty one where its own had been, and served that.
TEST_F(LmdbFaults, AFileThatWentAwayIsNotTakenForAnEmptyStoreAndDoesNotComeBack) {
  const std::filesystem::path moved = directory_.path() / "moved";
  const std::filesystem::path file = items_file(directory_.path());
  EXPECT_FALSE(store_->health().lost);
  std::filesystem::rename(file, moved);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(call().put(item("lost")), "store-unavailable");
    EXPECT_EQ(call().ask(), "unreachable");
    EXPECT_TRUE(store_->health().lost);
    EXPECT_TRUE(store_->health().has_lost_file);
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(call().get("old"), kOld);
  }
  std::filesystem::rename(moved, file);
  EXPECT_EQ(call().put(item("lost")), "store-unavailable");
  EXPECT_EQ(call().ask(), "unreachable");
  EXPECT_EQ(log_.count("store-lost"), 1U);
  expect_items({kOld});
}

TEST_F(LmdbFaults, AFailedDiskIsALostStoreUntilItIsBack) {
  {
    const DiskFault fault({.call = DiskCall::sync, .error = EIO});
    EXPECT_EQ(call().put(item("refused")), "store-unavailable");
    EXPECT_TRUE(store_->health().lost);
    EXPECT_FALSE(store_->health().has_lost_file);
  }
  EXPECT_EQ(call().put(item("new")), "created");
  EXPECT_FALSE(store_->health().lost);
  EXPECT_EQ(log_.count("store-lost"), 0U);
}

TEST_F(LmdbFaults, WhatClientsAreToldNamesNoFile) {
  const DiskFault fault({.call = DiskCall::sync, .error = EIO});
  std::filesystem::rename(items_file(directory_.path()), directory_.path() / "moved");
  for (int i = 0; i < 2; ++i) {
    const auto refused = run(store_->put(item("k"), IfAbsent{}, std::nullopt, in_time()));
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().message().contains('/')) << refused.error().message();
  }
}

}  // namespace
}  // namespace picus
