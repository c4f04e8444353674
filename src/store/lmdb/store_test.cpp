#include "store/lmdb/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/lmdb/directory.h"
#include "store/testing/faulty_disk.h"
#include "store/testing/store_testing.h"

namespace picus {
namespace {

/// Puts that are on their way at the same time, all driven by the thread that owns this.
class Flight {
 public:
  void put(Store& store, NewItem item, Context context = in_time()) {
    ++started_;
    asio::co_spawn(context_, store.put(std::move(item), IfAbsent{}, std::nullopt, context),
                   [this](const std::exception_ptr& error, const Result<PutOutcome>& result) {
                     if (error) std::rethrow_exception(error);
                     answers_.push_back(words(result));
                   });
    take_answers();
  }

  /// Those that there are by now.
  void take_answers() {
    context_.restart();
    context_.poll();
  }

  /// Waits for all.
  void land() {
    context_.restart();
    context_.run();
  }

  [[nodiscard]] std::size_t started() const { return started_; }
  [[nodiscard]] std::size_t answered(std::string_view words) const {
    return static_cast<std::size_t>(std::ranges::count(answers_, words));
  }

 private:
  asio::io_context context_{1};
  std::size_t started_ = 0;
  std::vector<std::string> answers_;
};

class LmdbStoreTest : public testing::Test {
 protected:
  using Durability = LmdbStore::Durability;
  static constexpr std::size_t kMapBytes = 1UZ << 30;
  static constexpr std::size_t kSmallMapBytes = 64UZ * 1024;

  void open(std::size_t map_bytes = kMapBytes, Durability durability = Durability::full) {
    store_.reset();
    store_ = LmdbStore::open({.directory = directory_.path(),
                              .durability = durability,
                              .initial_map_bytes = map_bytes},
                             log_)
                 .value();
  }
  StoreCaller call() { return StoreCaller(*store_); }
  [[nodiscard]] std::uintmax_t file_bytes() const {
    return std::filesystem::file_size(items_file(directory_.path()));
  }

  TemporaryDirectory directory_;
  RecordedLog log_;
  std::unique_ptr<LmdbStore> store_;
};

TEST_F(LmdbStoreTest, ReopeningKeepsItemsTagsAndIdempotency) {
  open();
  const NewItem first = item("a", R"("n":1)");
  const NewItem second = item("b", R"("n":2)");
  call().put(item("a", R"("n":0)"));
  call().put(first, Always{}, hash(1));
  call().put(second, IfAbsent{}, hash(2));
  call().put_many({item("c"), item("d")}, OnConflict::fail);
  call().remove("c");
  open();
  EXPECT_EQ(call().all(), (std::vector<std::string>{first.json, second.json, R"({"id":"d"})"}));
  EXPECT_EQ(call().etag("a"), first.etag);
  EXPECT_EQ(call().put(first, IfAbsent{}, hash(1)), "replaced before");
  EXPECT_EQ(call().put(second, IfAbsent{}, hash(2)), "created before");
  EXPECT_EQ(call().remove("a", IfEtag{{first.etag}}), "done");
}

TEST_F(LmdbStoreTest, ItsItemsComeInTheOrderOfTheirKeys) {
  open();
  for (const char* id : {"b", "a", "aa", "é", "~", " "}) call().put(item(id));
  std::vector<std::string> texts;
  for (const char* id : {" ", "a", "aa", "b", "~", "é"}) texts.push_back(item(id).json);
  EXPECT_EQ(call().all(2), texts);
}

TEST_F(LmdbStoreTest, APageIsFilledAsFarAsItsBoundsAllow) {
  open();
  for (int i = 10; i < 30; ++i) call().put(item("k" + std::to_string(i)));
  const std::size_t item_bytes = item("k10").json.size() + 1;
  EXPECT_EQ(call().scan("", 7, 10'000)->count, 7U);
  EXPECT_EQ(call().scan("", 100, 3 * item_bytes)->count, 4U);
  EXPECT_EQ(call().scan("", 100, 3 * item_bytes - 1)->count, 3U);
  EXPECT_EQ(call().scan("", 20, 10'000)->next, std::nullopt);
}

TEST_F(LmdbStoreTest, EveryWriteIsSyncedBeforeItIsAnswered) {
  open();
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = sync_count();
    call().put(item("k" + std::to_string(i)));
    EXPECT_EQ(sync_count(), before + 1);
  }
}

TEST_F(LmdbStoreTest, OneSyncServesAllWritesThatWait) {
  open();
  const std::uint64_t before = sync_count();
  Flight flight;
  {
    StalledSyncs stalled;
    flight.put(*store_, item("first"));
    stalled.wait_for_one();
    for (int i = 0; i < 1000; ++i) flight.put(*store_, item("k" + std::to_string(i)));
    EXPECT_EQ(flight.answered("created"), 0U);
  }
  flight.land();
  EXPECT_EQ(flight.answered("created"), 1001U);
  EXPECT_EQ(sync_count(), before + 2);
  open();
  EXPECT_EQ(call().all().size(), 1001U);
}

TEST_F(LmdbStoreTest, WritesThatWaitMeetEachOtherInTheirOrder) {
  open();
  Flight flight;
  {
    StalledSyncs stalled;
    flight.put(*store_, item("first"));
    stalled.wait_for_one();
    flight.put(*store_, item("k", R"("n":1)"));
    flight.put(*store_, item("k", R"("n":2)"));
  }
  flight.land();
  EXPECT_EQ(flight.answered("created"), 2U);
  EXPECT_EQ(flight.answered("already-exists"), 1U);
  EXPECT_EQ(call().get("k"), R"({"id":"k","n":1})");
}

TEST_F(LmdbStoreTest, WritesThatFindNoRoomTogetherAreTriedInSmallerCompany) {
  open();
  Flight flight;
  std::optional<DiskFault> fault;
  {
    StalledSyncs stalled;
    flight.put(*store_, item("first"));
    stalled.wait_for_one();
    for (const char* id : {"a", "b", "c"}) flight.put(*store_, item(id));
    // The first sync is that of the write that is on its way, the second all the others'.
    fault.emplace(
        DiskFault::Options{.call = DiskCall::sync, .error = ENOSPC, .from = 2, .times = 1});
  }
  flight.land();
  EXPECT_EQ(fault->hits(), 1U);
  EXPECT_EQ(flight.answered("created"), 4U);
  EXPECT_EQ(call().all().size(), 4U);
}

TEST_F(LmdbStoreTest, WhereThereIsNoRoomAtAllEveryWriteThatWaitsIsRefused) {
  open();
  Flight flight;
  std::optional<DiskFault> fault;
  {
    StalledSyncs stalled;
    flight.put(*store_, item("first"));
    stalled.wait_for_one();
    for (const char* id : {"a", "b", "c"}) flight.put(*store_, item(id));
    fault.emplace(DiskFault::Options{.call = DiskCall::sync, .error = ENOSPC, .from = 2});
  }
  flight.land();
  EXPECT_EQ(flight.answered("created"), 1U);
  EXPECT_EQ(flight.answered("store-full"), 3U);
  EXPECT_EQ(call().all(), std::vector<std::string>{R"({"id":"first"})"});
}

TEST_F(LmdbStoreTest, ReadsGoOnWhileASyncStalls) {
  open();
  call().put(item("a"));
  Flight flight;
  {
    StalledSyncs stalled;
    flight.put(*store_, item("b"));
    stalled.wait_for_one();
    EXPECT_EQ(call().get("a"), R"({"id":"a"})");
    EXPECT_EQ(call().get("b"), "absent");
    EXPECT_EQ(call().all(), std::vector<std::string>{R"({"id":"a"})"});
    EXPECT_EQ(call().ask(), "ok");
    EXPECT_EQ(flight.answered("created"), 0U);
  }
  flight.land();
  EXPECT_EQ(call().get("b"), R"({"id":"b"})");
}

TEST_F(LmdbStoreTest, TooManyWaitingWritesAreRefusedAtOnceAndTheOthersStillServed) {
  constexpr std::size_t kMost = 100'000;
  open();
  Flight flight;
  {
    StalledSyncs stalled;
    while (flight.answered("overloaded") == 0 && flight.started() < kMost) {
      flight.put(*store_, item("k" + std::to_string(flight.started())));
    }
    EXPECT_EQ(flight.answered("overloaded"), 1U);
    EXPECT_EQ(call().put_many({item("m")}, OnConflict::fail), "overloaded");
    EXPECT_EQ(call().remove("k0"), "overloaded");
    EXPECT_EQ(call().get("k0"), "absent");
  }
  flight.land();
  EXPECT_EQ(flight.answered("created"), flight.started() - 1);
  EXPECT_EQ(call().put(item("after")), "created");
  EXPECT_EQ(call().all().size(), flight.started());
}

TEST_F(LmdbStoreTest, TooManyWaitingBytesAreRefusedEachTime) {
  constexpr std::size_t kItemBytes = 390'000;
  constexpr std::size_t kMost = 1000;
  open();
  std::vector<std::size_t> served;
  served.reserve(2);
  for (const char* round : {"a", "b"}) {
    Flight flight;
    {
      StalledSyncs stalled;
      flight.put(*store_, item(round));
      stalled.wait_for_one();
      while (flight.answered("overloaded") == 0 && flight.started() < kMost) {
        flight.put(*store_, large_item(round + std::to_string(flight.started()), kItemBytes));
      }
      EXPECT_EQ(flight.answered("overloaded"), 1U);
    }
    flight.land();
    EXPECT_EQ(flight.answered("created"), flight.started() - 1);
    served.push_back(flight.answered("created"));
  }
  EXPECT_EQ(served.front(), served.back());
}

TEST_F(LmdbStoreTest, AWriteWhoseDeadlinePassesInTheQueueHasNoEffect) {
  open();
  Flight flight;
  {
    StalledSyncs stalled;
    flight.put(*store_, item("first"));
    stalled.wait_for_one();
    const Context soon{.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(5)};
    flight.put(*store_, item("late"), soon);
    flight.put(*store_, item("patient"));
    while (std::chrono::steady_clock::now() < soon.deadline) std::this_thread::yield();
  }
  flight.land();
  EXPECT_EQ(flight.answered("created"), 2U);
  EXPECT_EQ(flight.answered("deadline-exceeded"), 1U);
  EXPECT_EQ(call().get("late"), "absent");
  EXPECT_EQ(call().get("patient"), R"({"id":"patient"})");
}

TEST_F(LmdbStoreTest, ClosingWritesWhatWaits) {
  open();
  Flight flight;
  for (int i = 0; i < 500; ++i) flight.put(*store_, item("k" + std::to_string(i)));
  store_.reset();
  flight.land();
  EXPECT_EQ(flight.answered("created"), 500U);
  open();
  EXPECT_EQ(call().all().size(), 500U);
}

TEST_F(LmdbStoreTest, RelaxedWritesAreSyncedInTheBackground) {
  open(kMapBytes, Durability::relaxed);
  const std::uint64_t before = sync_count();
  call().put(item("k"));
  EXPECT_GE(sync_count(), before + 1) << "its pages are on disk before the page that names them";
  wait_for_syncs(before + 2);
}

TEST_F(LmdbStoreTest, ClosingSyncsRelaxedWrites) {
  open(kMapBytes, Durability::relaxed);
  const std::uint64_t before = sync_count();
  call().put(item("k"));
  store_.reset();
  EXPECT_GE(sync_count(), before + 2);
  open();
  EXPECT_EQ(call().get("k"), R"({"id":"k"})");
}

TEST_F(LmdbStoreTest, TheMapGrowsWhileReadersRead) {
  open(kSmallMapBytes);
  call().put(large_item("k", 3000));
  const std::string text = large_item("k", 3000).json;
  std::atomic<bool> wrong = false;
  std::vector<std::jthread> readers;
  readers.reserve(3);
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        if (call().get("k") != text) wrong = true;
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(call().put(large_item("l" + std::to_string(i), 100'000)), "created");
  }
  readers.clear();
  EXPECT_FALSE(wrong);
  EXPECT_GE(log_.count("store-map-grown"), 5U);
  EXPECT_EQ(call().all().size(), 41U);
}

TEST_F(LmdbStoreTest, AWriteLargerThanTheMapGrowsItAsOftenAsNeeded) {
  open(kSmallMapBytes);
  std::vector<NewItem> items;
  items.reserve(20);
  for (int i = 0; i < 20; ++i) items.push_back(large_item("k" + std::to_string(i), 100'000));
  EXPECT_TRUE(call().put_many(items, OnConflict::fail).starts_with("created"));
  EXPECT_EQ(call().all().size(), 20U);
}

TEST_F(LmdbStoreTest, MoreThreadsThanReaderSlotsRead) {
  open();
  call().put(item("k"));
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  threads.reserve(80);
  for (int i = 0; i < 80; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        right += call().get("k") == R"({"id":"k"})" && call().all().size() == 1 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80 * 50);
}

/// How much of the store's file this process has in its page tables (proc(5), smaps).
std::size_t resident_bytes(const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool ours = false;
  while (std::getline(maps, line)) {
    if (line.contains('-') && line.contains(':') && line.contains('/')) {
      ours = line.ends_with(file.string());
    }
    if (ours && line.starts_with("Rss:")) return std::stoul(line.substr(4)) * 1024;
  }
  return 0;
}

TEST_F(LmdbStoreTest, AScanOfALargeStoreLeavesLittleOfItMapped) {
  constexpr std::size_t kItems = 100;
  constexpr std::size_t kItemBytes = 200'000;
  const std::filesystem::path file = items_file(directory_.path());
  for (const std::size_t map_bytes : {kSmallMapBytes, kMapBytes}) {
    open(map_bytes);
    for (std::size_t i = 0; i < kItems; ++i) {
      call().put(large_item("k" + std::to_string(i), kItemBytes), Always{});
    }
    EXPECT_EQ(call().all(1000, 1'000'000).size(), kItems);
    EXPECT_LT(resident_bytes(file), kItems * kItemBytes / 10);
    EXPECT_GT(resident_bytes(file), 0U);
  }
}

TEST_F(LmdbStoreTest, RemovedRoomIsUsedAgain) {
  open();
  std::uintmax_t bytes_after_two_rounds = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 4; ++i) call().put(large_item("k" + std::to_string(i), 50'000));
    for (int i = 0; i < 4; ++i) call().remove("k" + std::to_string(i));
    if (round == 1) bytes_after_two_rounds = file_bytes();
  }
  EXPECT_LT(file_bytes(), 2 * bytes_after_two_rounds);
}

}  // namespace
}  // namespace picus
