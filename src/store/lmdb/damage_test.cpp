#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/lmdb/file.h"
#include "store/lmdb/store.h"
#include "store/lmdb/store_fault.h"
#include "store/testing/raw_lmdb.h"
#include "store/testing/store_testing.h"

// A store with a damaged record: it fails its own requests, and no others.
namespace picus {
namespace {

class LmdbDamage : public testing::Test {
 protected:
  void SetUp() override {
    open();
    for (const char* id : {"a", "b", "c"}) call().put(item(id), IfAbsent{}, hash(1));
    etag_ = call().etag("b").value();
    damage("b");
    open();
  }

  void open() {
    store_.reset();
    store_ = LmdbStore::open({.directory = directory_.path()}, log_).value();
  }

  void damage(const std::string& id) {
    store_.reset();
    RawLmdb raw(directory_.path());
    std::string record = raw.get(id).value();
    record[0] = '\x7F';  // no layout
    raw.put(id, record);
  }

  StoreCaller call() { return StoreCaller(*store_); }

  TemporaryDirectory directory_;
  RecordedLog log_;
  std::unique_ptr<LmdbStore> store_;
  Etag etag_ = Etag::of("");
};

TEST_F(LmdbDamage, ReadingADamagedItemIsStoreDamagedAndTheOthersAreRead) {
  EXPECT_FALSE(store_->health().damaged);
  EXPECT_EQ(call().get("b"), "store-damaged");
  EXPECT_EQ(call().get("a"), R"({"id":"a"})");
  EXPECT_EQ(call().get("c"), R"({"id":"c"})");
  EXPECT_EQ(call().get("d"), "absent");
  EXPECT_TRUE(store_->health().damaged);
  EXPECT_FALSE(store_->health().lost);
  EXPECT_EQ(call().ask(), "ok");
  EXPECT_EQ(log_.count("store-damaged key=b detail=record"), 1U);
}

TEST_F(LmdbDamage, AScanThatMeetsADamagedItemIsStoreDamaged) {
  const auto page = call().scan("", 10, 1000);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::store_damaged);
  EXPECT_EQ(log_.count("store-damaged key=b detail=record"), 1U);
  const auto behind = call().scan("b", 10, 1000);
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->count, 1U);
}

TEST_F(LmdbDamage, ADamagedItemIsReplacedWithoutBeingRead) {
  EXPECT_EQ(call().put(item("b", R"("n":1)"), IfPresent{}), "replaced");
  EXPECT_EQ(call().get("b"), R"({"id":"b","n":1})");
  damage("b");
  open();
  EXPECT_EQ(call().put(item("b", R"("n":2)"), Always{}, hash(2)), "replaced");
  EXPECT_EQ(call().put(item("b", R"("n":2)"), Always{}, hash(2)), "replaced before");
  EXPECT_EQ(call().get("b"), R"({"id":"b","n":2})");
  damage("b");
  open();
  EXPECT_EQ(call().put_many({item("b", R"("n":3)"), item("d")}, OnConflict::replace),
            "replaced created");
  EXPECT_EQ(call().all().size(), 4U);
}

TEST_F(LmdbDamage, ADamagedItemIsRemovedWithoutBeingRead) {
  EXPECT_EQ(call().remove("b"), "done");
  EXPECT_EQ(call().get("b"), "absent");
  EXPECT_EQ(call().put(item("b")), "created");
  EXPECT_EQ(call().all().size(), 3U);
}

TEST_F(LmdbDamage, WhatHasToKnowADamagedItemIsStoreDamaged) {
  EXPECT_EQ(call().put(item("b"), IfEtag{{etag_}}), "store-damaged");
  EXPECT_EQ(call().put(item("b"), IfAbsent{}, hash(1)), "store-damaged");
  EXPECT_EQ(call().remove("b", IfEtag{{etag_}}), "store-damaged");
  EXPECT_EQ(log_.count("store-damaged key=b detail=record"), 3U);
}

TEST_F(LmdbDamage, TheKeyOfADamagedItemIsTaken) {
  EXPECT_EQ(call().put(item("b")), "already-exists");
  EXPECT_EQ(call().put_many({item("b"), item("d")}, OnConflict::fail), "already-exists created");
  EXPECT_EQ(call().put_many({item("b"), item("e")}, OnConflict::skip), "skipped created");
}

TEST_F(LmdbDamage, AFaultWhileASnapshotIsReadIsOneOfTheStore) {
  store_.reset();
  EXPECT_FALSE(FaultScope::is_entered());
  const auto file =
      LmdbFile::open({.directory = directory_.path(), .map_bytes = 1UZ << 30U}, log_).value();
  EXPECT_FALSE(FaultScope::is_entered());
  {
    const auto snapshot = file->read();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(FaultScope::is_entered());
  }
  EXPECT_FALSE(FaultScope::is_entered());
}

// A delete of the damaged item once made every write fail that was committed with it.
TEST_F(LmdbDamage, WritesOfOthersAreNotFailedByADamagedItem) {
  constexpr int kPuts = 50;
  std::vector<std::string> unexpected(4);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kPuts; ++i) {
        const bool damaged = thread == 0;
        const std::string id = std::to_string(thread) + "-" + std::to_string(i);
        const std::string answer =
            damaged ? call().put(item("b"), IfEtag{{etag_}}) : call().put(item(id));
        if (answer != (damaged ? "store-damaged" : "created"))
          unexpected[static_cast<std::size_t>(thread)] = answer;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(unexpected, std::vector<std::string>(4));
}

}  // namespace
}  // namespace picus
