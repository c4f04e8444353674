#include "store/lmdb/file.h"

#include <gtest/gtest.h>
#include <lmdb.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/lmdb/directory.h"
#include "store/lmdb/value.h"
#include "store/testing/faulty_disk.h"
#include "store/testing/simulated_disk.h"
#include "store/testing/store_testing.h"

// Power failures at random moments, on disks that fail at random: what was acknowledged is there
// afterwards, and what failed is not. Seeds are fixed: a failure, which names its seed and step,
// comes back the same.
namespace picus {
namespace {

constexpr std::size_t kModelMapBytes = 64UZ * 1024;
constexpr std::size_t kImageMapBytes = 1UZ << 24;
constexpr int kSteps = 100;
constexpr int kKeys = 12;

using Items = std::map<std::string, std::string>;

/// All that a reader finds.
Result<Items> items_in(LmdbFile& file) {
  const auto snapshot = file.read();
  if (!snapshot) return std::unexpected(snapshot.error());
  MDB_cursor* cursor = nullptr;
  if (mdb_cursor_open(snapshot->get(), snapshot->environment().items(), &cursor) != 0) {
    return failure(ErrorCode::internal, "no cursor");
  }
  Items items;
  MDB_val key{};
  MDB_val value{};
  int code = 0;
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
    if (!text_of(key).starts_with('\0')) items.emplace(text_of(key), text_of(value));
  }
  mdb_cursor_close(cursor);
  if (code != MDB_NOTFOUND) return failure(ErrorCode::internal, mdb_strerror(code));
  return items;
}

/// Makes the store's items these.
int make_it(const Items& before, const Items& after, MDB_txn* transaction, unsigned items) {
  for (const auto& [id, text] : before) {
    MDB_val key = value_of(id);
    if (after.contains(id)) continue;
    if (const int code = mdb_del(transaction, items, &key, nullptr); code != 0) return code;
  }
  for (const auto& [id, text] : after) {
    MDB_val key = value_of(id);
    MDB_val value = value_of(text);
    if (before.contains(id) && before.at(id) == text) continue;
    if (const int code = mdb_put(transaction, items, &key, &value, 0); code != 0) return code;
  }
  return 0;
}

/// One store on a disk that may lose power at any moment.
class Ordeal {
 public:
  Ordeal(unsigned seed, bool relaxed)
      : random_(seed),
        relaxed_(relaxed),
        file_(LmdbFile::open({.directory = directory_.path(),
                              .map_bytes = kModelMapBytes,
                              .defer_meta_sync = relaxed},
                             log_)
                  .value()),
        disk_(items_file(directory_.path()), seed) {
    disk_.when_it_might_fail([this] { images_.push_back(disk_.image()); });
  }

  void step() {
    if (relaxed_ && one_in(4)) return sync();
    const Items next = change();
    const bool done = write(next);
    // In the midst of it the old items may be found, or the new ones.
    possible_.push_back(next);
    expect_images();
    if (done) {
      if (!relaxed_) possible_.clear();
      now_ = next;
    } else if (file_->healthy()) {
      std::erase(possible_, next);  // has surely not happened
      if (!relaxed_) possible_.clear();
    }
    if (std::ranges::find(possible_, now_) == possible_.end()) possible_.push_back(now_);
    expect_items();
    images_.push_back(disk_.image());
    expect_images();
  }

  [[nodiscard]] int failed() const { return failed_; }
  [[nodiscard]] int written() const { return written_; }

 private:
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool one_in(int count) { return number(1, count) == 1; }

  Items change() {
    Items next = now_;
    for (int i = number(1, 4); i > 0; --i) {
      const std::string id = "k" + std::to_string(number(1, kKeys));
      if (one_in(3)) {
        next.erase(id);
      } else {
        const auto bytes = static_cast<std::size_t>(one_in(3) ? number(4000, 20'000) : 30);
        next[id] = std::to_string(step_) + std::string(bytes, 'x');
      }
    }
    ++step_;
    return next;
  }

  DiskFault::Options any_fault() {
    const DiskCall call = one_in(3)   ? DiskCall::page_write
                          : one_in(2) ? DiskCall::meta_write
                                      : DiskCall::sync;
    // Pages that were not written are not told to be; a meta page or a sync may have done its work.
    return {.call = call,
            .error = one_in(4) ? ENOSPC : EIO,
            .from = static_cast<unsigned>(number(1, 2)),
            .times = static_cast<unsigned>(number(1, 3)),
            .takes_effect = call == DiskCall::meta_write && one_in(2)};
  }

  bool write(const Items& next) {
    const auto make = [&](MDB_txn* transaction, unsigned items) {
      return make_it(now_, next, transaction, items);
    };
    std::unique_ptr<DiskFault> fault;
    if (one_in(3)) fault = std::make_unique<DiskFault>(any_fault());
    const auto written = file_->write(make, 1000);
    ++(written ? written_ : failed_);
    return written.has_value();
  }

  void sync() {
    std::unique_ptr<DiskFault> fault;
    if (one_in(3)) fault = std::make_unique<DiskFault>(any_fault());
    const auto synced = file_->sync();
    fault = nullptr;
    expect_images();
    if (synced) possible_ = {now_};
    expect_items();
    images_.push_back(disk_.image());
    expect_images();
  }

  /// What those who read find.
  void expect_items() {
    const auto found = items_in(*file_);
    ASSERT_TRUE(found) << found.error().detail();
    EXPECT_EQ(*found == now_, true) << "a reader finds something else";
  }

  /// What is found after each of the power failures that might have been.
  void expect_images() {
    for (const std::string& image : std::exchange(images_, {})) {
      const TemporaryDirectory restarted;
      std::ofstream(items_file(restarted.path()), std::ios::binary) << image;
      RecordedLog log;
      const auto file =
          LmdbFile::open({.directory = restarted.path(), .map_bytes = kImageMapBytes}, log);
      ASSERT_TRUE(file) << file.error().message();
      const auto found = items_in(**file);
      ASSERT_TRUE(found) << found.error().message();
      EXPECT_NE(std::ranges::find(possible_, *found), possible_.end())
          << "something else is found after a power failure";
    }
  }

  std::mt19937 random_;
  bool relaxed_;
  SkippedSyncs skipped_;
  TemporaryDirectory directory_;
  RecordedLog log_;
  std::unique_ptr<LmdbFile> file_;
  SimulatedDisk disk_;
  std::vector<std::string> images_;
  int step_ = 0;
  int failed_ = 0;
  int written_ = 0;
  Items now_;
  std::vector<Items> possible_ = {Items()};
};

void expect_to_pass(bool relaxed) {
  int failed = 0;
  int written = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    Ordeal ordeal(seed, relaxed);
    for (int step = 0; step < kSteps; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      ordeal.step();
      if (testing::Test::HasFailure()) return;
    }
    failed += ordeal.failed();
    written += ordeal.written();
  }
  EXPECT_GT(failed, written / 10);
  EXPECT_GT(written, failed);
}

TEST(LmdbFile, OnAFailingDiskAPowerFailureTakesNothingThatWasAcknowledged) {
  expect_to_pass(false);
}

TEST(LmdbFile, WithDeferredMetaPagesAPowerFailureTakesOnlyWhatWasNotSynced) {
  expect_to_pass(true);
}

}  // namespace
}  // namespace picus
