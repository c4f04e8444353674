#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/lmdb/check.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/file.h"
#include "store/lmdb/store.h"
#include "store/testing/child_process.h"
#include "store/testing/raw_lmdb.h"
#include "store/testing/store_testing.h"

// The embedded store where several processes use one directory, and where the system sets limits.
namespace picus {
namespace {

using std::filesystem::path;
using Parent = ChildProcess::Parent;

constexpr std::size_t kSharedMapBytes = 1UZ << 30;
constexpr std::size_t kSmallMapBytes = 64UZ * 1024;

class LmdbProcesses : public testing::Test {
 protected:
  std::unique_ptr<LmdbStore> open(std::size_t map_bytes = kSharedMapBytes, bool read_only = false) {
    auto store = LmdbStore::open(
        {.directory = directory_.path(), .initial_map_bytes = map_bytes, .read_only = read_only},
        log_);
    if (!store) throw std::runtime_error(store.error().message());
    return std::move(*store);
  }
  std::unique_ptr<LmdbStore> open_read_only() { return open(kSharedMapBytes, true); }

  /// What the person reads who starts Picus here.
  std::string refusal(bool read_only = false) {
    const auto store =
        LmdbStore::open({.directory = directory_.path(), .read_only = read_only}, log_);
    return store ? "opened" : store.error().message();
  }

  /// A store with an item, closed again.
  void make_store() { StoreCaller(*open()).put(item("k")); }

  [[nodiscard]] path file() const { return items_file(directory_.path()); }

  TemporaryDirectory directory_;
  RecordedLog log_;
};

/// Forty items of 100 KB: far more than the small map.
std::string grow(Store& store) {
  for (int i = 0; i < 40; ++i) {
    const std::string answer = StoreCaller(store).put(large_item("l" + std::to_string(i), 100'000));
    if (answer != "created") return answer;
  }
  return "grown";
}

TEST_F(LmdbProcesses, AReaderFollowsWhenAnotherProcessGrewTheFile) {
  ChildProcess other([this](const Parent& parent) {
    parent.wait();
    return grow(*open());
  });
  const auto store = open(kSmallMapBytes);
  StoreCaller call(*store);
  call.put(item("k"));
  EXPECT_EQ(call.all().size(), 1U);
  other.tell();
  ASSERT_EQ(other.result(), "grown");
  EXPECT_EQ(call.get("l39"), large_item("l39", 100'000).json);
  EXPECT_EQ(call.all().size(), 41U);
  EXPECT_EQ(call.put(item("after")), "created");
}

TEST_F(LmdbProcesses, AWriterFollowsWhenAnotherProcessGrewTheFile) {
  ChildProcess other([this](const Parent& parent) {
    parent.wait();
    return grow(*open());
  });
  const auto store = open(kSmallMapBytes);
  StoreCaller call(*store);
  call.put(item("k"));
  other.tell();
  ASSERT_EQ(other.result(), "grown");
  EXPECT_EQ(call.put(item("l39")), "already-exists");
  EXPECT_EQ(call.put(item("after")), "created");
  EXPECT_EQ(call.all().size(), 42U);
}

TEST_F(LmdbProcesses, AWriteThatWaitsForTheLockOfAnotherProcessFailsAtItsDeadline) {
  ChildProcess other([this](const Parent& parent) {
    parent.wait();
    RawLmdb raw(directory_.path());
    raw.hold_write_lock();
    parent.tell();
    parent.wait();
    return "";
  });
  const auto store = open();
  StoreCaller call(*store);
  call.put(item("k"));
  other.tell();
  ASSERT_TRUE(other.wait());
  const Context soon{.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(10)};
  EXPECT_EQ(StoreCaller(*store, soon).put(item("late")), "deadline-exceeded");
  while (log_.count("store-blocked") == 0) std::this_thread::yield();
  EXPECT_EQ(call.ask(), "unreachable");
  EXPECT_EQ(call.get("k"), item("k").json);
  other.tell();
  ASSERT_EQ(other.result(), "");
  EXPECT_EQ(call.put(item("after")), "created");
  EXPECT_EQ(call.get("late"), "absent");
  EXPECT_EQ(call.ask(), "ok");
  EXPECT_EQ(log_.count("store-blocked"), 1);
}

TEST_F(LmdbProcesses, OfTwoProcessesThatPutTheSameKeysEachKeyIsCreatedOnce) {
  constexpr int kItems = 200;
  const auto create = [](Store& store) {
    int created = 0;
    for (int i = 0; i < kItems; ++i) {
      if (StoreCaller(store).put(item("k" + std::to_string(i))) == "created") ++created;
    }
    return created;
  };
  ChildProcess other([&](const Parent& parent) {
    const auto store = open();
    parent.tell();
    parent.wait();
    return std::to_string(create(*store));
  });
  const auto store = open();
  ASSERT_TRUE(other.wait());
  other.tell();
  const int created = create(*store);
  EXPECT_EQ(created + std::stoi(other.result()), kItems);
  EXPECT_EQ(StoreCaller(*store).all().size(), std::size_t{kItems});
}

TEST_F(LmdbProcesses, AProcessThatOnlyReadsSeesEveryAcknowledgedWrite) {
  make_store();
  ChildProcess reader([this](const Parent& parent) -> std::string {
    const auto store = open_read_only();
    StoreCaller call(*store);
    for (int i = 0; i < 50; ++i) {
      parent.tell();
      parent.wait();
      const std::string seen = call.get("n");
      if (seen != canonical(item("n", "\"i\":" + std::to_string(i)).json)) return seen;
    }
    return "all";
  });
  const auto store = open();
  for (int i = 0; i < 50; ++i) {
    if (!reader.wait()) break;
    StoreCaller(*store).put(item("n", "\"i\":" + std::to_string(i)), Always{});
    reader.tell();
  }
  EXPECT_EQ(reader.result(), "all");
}

TEST_F(LmdbProcesses, ReadersOfAKilledProcessAreClearedByTheNextOneThatOpens) {
  make_store();
  ChildProcess killed([this](const Parent& parent) {
    const auto file =
        LmdbFile::open({.directory = directory_.path(), .map_bytes = kSharedMapBytes}, log_)
            .value();
    const auto snapshot = file->read();
    parent.tell();
    parent.wait();
    return std::string();
  });
  ChildProcess next([this](const Parent& parent) {
    parent.wait();
    const auto store = open();
    return std::to_string(log_.count("store-stale-readers-cleared"));
  });
  const auto store = open();  // keeps LMDB's reader table from being made anew
  ASSERT_TRUE(killed.wait());
  killed.kill();
  next.tell();
  EXPECT_EQ(next.result(), "1");
  EXPECT_EQ(log_.count("store-stale-readers-cleared"), 0U);
}

TEST_F(LmdbProcesses, PlacesThatAKilledProcessHeldInAFullReaderTableAreUsedAgain) {
  make_store();
  ChildProcess greedy([this](const Parent& parent) {
    parent.wait();
    RawLmdb raw(directory_.path());
    raw.take_readers(10'000);
    parent.tell();
    parent.wait();
    return std::string();
  });
  const auto store = open();
  greedy.tell();
  ASSERT_TRUE(greedy.wait());
  EXPECT_EQ(StoreCaller(*store).get("k"), "store-unavailable");
  greedy.kill();
  EXPECT_EQ(StoreCaller(*store).get("k"), R"({"id":"k"})");
}

TEST_F(LmdbProcesses, WhatAnOlderVersionHasOpenIsWrittenAsItCanRead) {
  make_store();
  RawLmdb(directory_.path()).mark_format("picus 1");
  // An older version is a process with LMDB's lock and without those that this one takes besides.
  ChildProcess older([this](const Parent& parent) {
    RawLmdb raw(directory_.path());
    parent.tell();
    parent.wait();
    return std::to_string(static_cast<int>(raw.get("while").value()[0]));
  });
  ASSERT_TRUE(older.wait());
  auto store = open();
  StoreCaller call(*store);
  EXPECT_EQ(call.put(item("while")), "created");
  EXPECT_EQ(log_.count("store-format-raised"), 0U);
  older.tell();
  EXPECT_EQ(older.result(), "1");
  while (log_.count("store-format-raised") == 0) ASSERT_EQ(call.ask(), "ok");
  EXPECT_EQ(call.put(item("after")), "created");
  EXPECT_EQ(call.put(item("while"), IfPresent{}), "replaced");
  store.reset();
  RawLmdb raw(directory_.path());
  EXPECT_EQ(raw.get("after").value()[0], '\2');
  EXPECT_EQ(raw.get("while").value()[0], '\2');
}

/// Puts one item after the other, and tells the parent of each that was acknowledged.
std::string put_for_ever(const path& directory, LmdbStore::Durability durability,
                         const Parent& parent) {
  RecordedLog log;
  const auto store =
      LmdbStore::open({.directory = directory, .durability = durability}, log).value();
  for (int i = 0;; ++i) {
    std::string answer = StoreCaller(*store).put(large_item("k" + std::to_string(i), 3000));
    if (answer != "created") return answer;
    parent.tell();
  }
}

TEST_F(LmdbProcesses, WhatAKilledProcessAcknowledgedIsThere) {
  constexpr int kAcknowledged = 60;
  for (const auto durability : {LmdbStore::Durability::full, LmdbStore::Durability::relaxed}) {
    const path directory = directory_.path() / std::to_string(static_cast<int>(durability));
    ChildProcess writer(
        [&](const Parent& parent) { return put_for_ever(directory, durability, parent); });
    for (int i = 0; i < kAcknowledged; ++i) ASSERT_TRUE(writer.wait());
    writer.kill();
    EXPECT_EQ(check(directory, log_)->problem_count, 0U);
    const auto store = LmdbStore::open({.directory = directory}, log_).value();
    for (int i = 0; i < kAcknowledged; ++i) {
      const std::string id = "k" + std::to_string(i);
      EXPECT_EQ(StoreCaller(*store).get(id), large_item(id, 3000).json);
    }
    EXPECT_EQ(StoreCaller(*store).put(item("after")), "created");
  }
}

/// The superuser may do everything: becomes somebody else.
void lose_privileges() {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) {
    throw std::runtime_error("still the superuser");
  }
}

TEST_F(LmdbProcesses, ADirectoryWithoutPermissionIsRefused) {
  make_store();
  for (const mode_t mode : {0000U, 0444U}) {
    ASSERT_EQ(::chmod(directory_.path().c_str(), mode), 0);
    for (const bool read_only : {false, true}) {
      ChildProcess other([&](const Parent&) {
        lose_privileges();
        return refusal(read_only);
      });
      const std::string message = other.result();
      EXPECT_TRUE(message.starts_with("This user has no permission for ")) << message;
      EXPECT_TRUE(message.contains(directory_.path().string())) << message;
    }
  }
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0700), 0);
}

TEST_F(LmdbProcesses, AFileWithoutPermissionIsRefused) {
  make_store();
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(file().c_str(), 0000), 0);
  for (const bool read_only : {false, true}) {
    ChildProcess other([&](const Parent&) {
      lose_privileges();
      return refusal(read_only);
    });
    EXPECT_EQ(other.result(), "This user has no permission for " + file().string() +
                                  ": run as its owner, or choose another data directory.");
  }
}

TEST_F(LmdbProcesses, AFileThatMayOnlyBeReadIsRefusedToAWriter) {
  make_store();
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(file().c_str(), 0444), 0);
  ChildProcess other([&](const Parent&) {
    lose_privileges();
    return refusal();
  });
  EXPECT_TRUE(other.result().starts_with("This user has no permission for " + file().string()));
}

TEST_F(LmdbProcesses, AnAbsentStoreIsNotMadeWhereThisUserMayNot) {
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0555), 0);
  ChildProcess other([&](const Parent&) {
    lose_privileges();
    return refusal();
  });
  const std::string message = other.result();
  EXPECT_TRUE(message.starts_with("This user has no permission for ")) << message;
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0700), 0);
}

TEST_F(LmdbProcesses, AStoreIsReadWithoutALockWhereNoneCanBeMade) {
  make_store();
  std::filesystem::remove(file().string() + "-lock");
  ASSERT_EQ(::chmod(file().c_str(), 0444), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0555), 0);
  ChildProcess other([this](const Parent&) {
    lose_privileges();
    const auto store = open_read_only();
    return StoreCaller(*store).get("k") + " " +
           std::to_string(log_.count("store-read-without-lock"));
  });
  EXPECT_EQ(other.result(), R"({"id":"k"} 1)");
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0700), 0);
}

TEST_F(LmdbProcesses, ALockThatOthersMayHoldIsNotPassedOver) {
  make_store();
  ASSERT_EQ(::chmod(file().c_str(), 0444), 0);
  ASSERT_EQ(::chmod((file().string() + "-lock").c_str(), 0000), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  ChildProcess other([this](const Parent&) {
    lose_privileges();
    return refusal(true);
  });
  EXPECT_TRUE(other.result().contains("and its lock file"));
}

TEST_F(LmdbProcesses, AMapThatDoesNotFitTheAddressSpaceIsRefused) {
  const auto store = LmdbStore::open(
      {.directory = directory_.path(), .initial_map_bytes = std::size_t{1} << 62}, log_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), ErrorCode::store_unavailable);
  EXPECT_TRUE(store.error().message().contains("address space")) << store.error().message();
}

/// From here on no file grows beyond this; a write that would answers EFBIG, or is cut short.
void limit_files(rlim_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("no limit");
}

/// Fills the store up to the limit, and tells what went otherwise than it should.
std::string fill(LmdbStore& store, std::vector<std::string>& ids, std::size_t item_bytes) {
  StoreCaller call(store);
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(item_bytes) + "-" + std::to_string(i);
    std::string answer = call.put(large_item(id, item_bytes));
    if (answer == "store-full") {
      if (call.get(id) != "absent") return "a refused item is there";
      if (call.ask() != "ok") return "not ready";
      return call.all().size() == ids.size() ? "full" : "an item is lost";
    }
    if (answer != "created") return answer;
    ids.push_back(id);
  }
  return "never full";
}

TEST_F(LmdbProcesses, AFullDiskRefusesTheWriteAndKeepsTheStore) {
  // Whole pages, part of a page, and part of what one system call writes.
  for (const rlim_t room : {400'000U, 409'600U, 300'001U}) {
    ChildProcess child([&](const Parent&) -> std::string {
      auto store = open();
      std::vector<std::string> ids;
      limit_files(std::filesystem::file_size(file()) + room);
      for (const std::size_t item_bytes : {60'000UZ, 5000UZ, 10UZ}) {
        const std::string filled = fill(*store, ids, item_bytes);
        if (filled != "full") return filled;
      }
      limit_files(RLIM_INFINITY);
      if (StoreCaller(*store).put(item("after")) != "created") return "no room after all";
      store = nullptr;
      const auto report = check(directory_.path(), log_);
      if (!report || report->problem_count != 0) return "damaged";
      if (report->items != ids.size() + 1) return "an item is lost";
      store = open();
      for (const std::string& id : ids) StoreCaller(*store).remove(id);
      return StoreCaller(*store).all().size() == 1 ? "whole" : "not removed";
    });
    EXPECT_EQ(child.result(), "whole") << room;
    std::filesystem::remove(file());
    std::filesystem::remove(file().string() + "-lock");
  }
}

/// Into both meta pages: how many pages the file has.
void overwrite_page_count(const path& file, std::uint64_t pages) {
  constexpr off_t kMetaPage = 4096;
  constexpr off_t kPageCountAt = 136;
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  for (const off_t at : {kPageCountAt, kMetaPage + kPageCountAt}) {
    if (::pwrite(descriptor, &pages, sizeof pages, at) != sizeof pages) {
      throw std::runtime_error("not overwritten");
    }
  }
  ::close(descriptor);
}

TEST_F(LmdbProcesses, ADamagedNumberOfPagesLetsNoFileGrow) {
  constexpr std::uintmax_t kMost = 64UZ << 20U;
  for (const std::uint64_t pages : {20'000'000UZ, 1UZ << 40U, ~0UZ}) {
    ChildProcess child([&](const Parent&) -> std::string {
      const auto store = open(kSmallMapBytes);
      StoreCaller call(*store);
      call.put(item("k"));
      limit_files(kMost);
      overwrite_page_count(file(), pages);
      const auto before = std::filesystem::file_size(file());
      for (int i = 0; i < 5; ++i) {
        const std::string put = call.put(large_item("l", 5000));
        if (put != "store-damaged" && put != "store-unavailable") return put;
      }
      return std::filesystem::file_size(file()) == before ? "refused" : "grown";
    });
    EXPECT_EQ(child.result(), "refused") << pages;
    std::filesystem::remove(file());
    std::filesystem::remove(file().string() + "-lock");
  }
}

TEST_F(LmdbProcesses, WithoutRoomForAStoreNoneIsMade) {
  ChildProcess child([this](const Parent&) {
    limit_files(5000);
    return refusal();
  });
  const std::string message = child.result();
  EXPECT_TRUE(message.contains("There is no space for " + file().string())) << message;
  EXPECT_EQ(refusal(), "opened");
}

}  // namespace
}  // namespace picus
