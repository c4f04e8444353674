#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/run.h"
#include "store/testing/store_suite.h"

namespace picus {
namespace {

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return texts;
}

/// `count` items, all of the same size; returns their texts, sorted.
std::vector<std::string> fill(Store& store, const std::string& prefix, int count) {
  std::vector<NewItem> items;
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    items.push_back(item(prefix + std::to_string(10'000 + i)));
    texts.push_back(items.back().json);
  }
  StoreCaller(store).put_many(std::move(items), OnConflict::fail);
  return sorted(std::move(texts));
}

TEST_P(StoreSuite, AScanOfAnEmptyStoreIsOneEmptyPage) {
  const auto page = call().scan("", 10, 1000);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->text, "");
  EXPECT_EQ(page->count, 0U);
  EXPECT_EQ(page->next, std::nullopt);
}

TEST_P(StoreSuite, PagesOfAnySizeHoldEveryItemOnce) {
  const std::vector<std::string> texts = fill(store(), "k", 97);
  for (const std::size_t max_items : {1UZ, 2UZ, 10UZ, 96UZ, 97UZ, 98UZ, 1000UZ}) {
    EXPECT_EQ(sorted(call().all(max_items)), texts) << max_items;
  }
  for (const std::size_t max_bytes : {0UZ, 1UZ, 20UZ, 100UZ, 1000UZ}) {
    EXPECT_EQ(sorted(call().all(1000, max_bytes)), texts) << max_bytes;
  }
}

TEST_P(StoreSuite, APageEndsWithTheItemThatPassesMaxBytes) {
  const std::size_t item_bytes = fill(store(), "k", 20).front().size() + 1;
  for (const std::size_t max_bytes :
       {0UZ, 1UZ, item_bytes - 1, item_bytes, item_bytes + 1, 3 * item_bytes, 5 * item_bytes - 1}) {
    const auto page = call().scan("", 1000, max_bytes);
    ASSERT_TRUE(page);
    EXPECT_LE(page->text.size(), max_bytes + item_bytes);
    EXPECT_GE(page->count, 1U);
    EXPECT_NE(page->next, std::nullopt);
  }
}

TEST_P(StoreSuite, AnItemLargerThanMaxBytesIsAPageOfItsOwn) {
  call().put(large_item("k", 300'000));
  const auto page = call().scan("", 1000, 10);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->count, 1U);
  EXPECT_EQ(page->text, large_item("k", 300'000).json + "\n");
}

TEST_P(StoreSuite, TheSeparatorStandsBehindEveryItem) {
  fill(store(), "k", 3);
  const auto page = run(store().scan(
      {.after = "", .max_items = 10, .max_bytes = 1000, .separator = ',', .buffer = {}},
      in_time()));
  ASSERT_TRUE(page);
  EXPECT_EQ(std::ranges::count(page->text, ','), 3);
  EXPECT_TRUE(page->text.ends_with("},"));
}

TEST_P(StoreSuite, APageTakesTheBuffersRoomAndNotItsText) {
  const std::vector<std::string> texts = fill(store(), "k", 1);
  std::string buffer(4000, '?');
  const char* room = buffer.data();
  const auto page = run(store().scan(
      {.after = "", .max_items = 10, .max_bytes = 1000, .buffer = std::move(buffer)}, in_time()));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->text, texts.front() + "\n");
  EXPECT_EQ(page->text.data(), room);
}

TEST_P(StoreSuite, ACursorThatNoPageGaveOutIsRefused) {
  fill(store(), "k", 3);
  for (const std::string& forged : {std::string("\x01"), std::string("k\n"), std::string("\xff"),
                                    std::string(1, '\0'), std::string(5000, 'x')}) {
    const auto page = call().scan(forged, 10, 1000);
    ASSERT_FALSE(page) << forged;
    EXPECT_EQ(page.error().code(), ErrorCode::invalid_cursor);
  }
}

TEST_P(StoreSuite, AScanGoesOnWhereTheItemOfItsCursorIsGone) {
  const std::vector<std::string> texts = fill(store(), "k", 10);
  const auto first = call().scan("", 4, 10'000);
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->next);
  std::vector<std::string> seen = lines(*first);
  for (int i = 0; i < 10; ++i) {
    const std::string id = "k" + std::to_string(10'000 + i);
    if (std::ranges::find(seen, item(id).json) != seen.end()) call().remove(id);
  }
  const auto rest = call().scan(*first->next, 100, 10'000);
  ASSERT_TRUE(rest);
  const std::vector<std::string> more = lines(*rest);
  seen.insert(seen.end(), more.begin(), more.end());
  EXPECT_EQ(sorted(seen), texts);
}

/// Replaces, removes and makes items of its own among those that stay.
class Disturbance {
 public:
  Disturbance(Store& store, unsigned seed) : store_(store), random_(seed) {}

  void step() {
    const std::string id = "k" + std::to_string(10'000 + number(0, 99)) + "~";
    const std::string members = "\"n\":" + std::to_string(number(0, 1'000'000));
    StoreCaller call(store_);
    if (number(0, 2) == 0) {
      call.remove(id);
    } else {
      call.put(item(id, members), Always{});
    }
  }

 private:
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  Store& store_;
  std::mt19937 random_;
};

std::vector<std::string> unchanged_among(const std::vector<std::string>& seen) {
  std::vector<std::string> unchanged;
  for (const std::string& text : seen) {
    if (!text.contains('~')) unchanged.push_back(text);
  }
  return sorted(std::move(unchanged));
}

TEST_P(StoreSuite, AnUnchangedItemIsInOnePageWhateverChangesBetweenPages) {
  const std::vector<std::string> texts = fill(store(), "k", 100);
  Disturbance disturbance(store(), 1);
  for (int i = 0; i < 100; ++i) disturbance.step();
  for (const std::size_t max_items : {1UZ, 3UZ, 10UZ}) {
    std::vector<std::string> seen;
    std::string after;
    for (;;) {
      const auto page = call().scan(after, max_items, 10'000);
      ASSERT_TRUE(page);
      const std::vector<std::string> more = lines(*page);
      seen.insert(seen.end(), more.begin(), more.end());
      if (!page->next) break;
      ASSERT_NE(page->count, 0U);
      after = *page->next;
      for (int i = 0; i < 5; ++i) disturbance.step();
    }
    EXPECT_EQ(unchanged_among(seen), texts) << max_items;
  }
}

TEST_P(StoreSuite, AnUnchangedItemIsInOnePageWhileOthersChangeAtTheSameTime) {
  const std::vector<std::string> texts = fill(store(), "k", 100);
  std::jthread writer([this](const std::stop_token& stop) {
    Disturbance disturbance(store(), 2);
    while (!stop.stop_requested()) disturbance.step();
  });
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(unchanged_among(call().all(7)), texts);
  }
}

TEST_P(StoreSuite, AScanSeesWhatWasWrittenBefore) {
  call().put(item("k", R"("n":1)"));
  EXPECT_EQ(call().all(), std::vector<std::string>{R"({"id":"k","n":1})"});
  call().put(item("k", R"("n":2)"), Always{});
  EXPECT_EQ(call().all(), std::vector<std::string>{R"({"id":"k","n":2})"});
  call().remove("k");
  EXPECT_EQ(call().all(), std::vector<std::string>{});
}

}  // namespace
}  // namespace picus
