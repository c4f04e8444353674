#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "store/testing/memory_store.h"
#include "store/testing/store_suite.h"

// A store and its model under the same random operations: every answer is compared. Seeds are
// fixed: a failure, which names its seed and step, comes back the same.
namespace picus {
namespace {

constexpr int kKeys = 8;
constexpr int kContents = 4;
constexpr int kHashes = 3;

/// What one step asks for, and the answer in words.
class RandomCalls {
 public:
  explicit RandomCalls(unsigned seed) : random_(seed) {}

  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool one_in(int count) { return number(1, count) == 1; }

  std::string id() { return "k" + std::to_string(number(1, kKeys)); }

  NewItem content(const std::string& id) {
    const int version = number(1, kContents);
    std::string members = "\"n\":" + std::to_string(version);
    // Now and then one that does not fit a page of the store's file.
    if (version == kContents) members += ",\"x\":\"" + std::string(6000, 'x') + '"';
    return item(id, members);
  }

  std::vector<Etag> tags(const std::string& id) {
    std::vector<Etag> some;
    for (int i = number(0, 3); i > 0; --i) some.push_back(content(id).etag);
    return some;
  }

  PutCondition put_condition(const std::string& id) {
    switch (number(0, 3)) {
      case 0:
        return IfAbsent{};
      case 1:
        return IfPresent{};
      case 2:
        return IfEtag{tags(id)};
      default:
        return Always{};
    }
  }

  RemoveCondition remove_condition(const std::string& id) {
    if (one_in(2)) return IfPresent{};
    return IfEtag{tags(id)};
  }

  std::optional<IdempotencyHash> idempotency() {
    if (one_in(2)) return std::nullopt;
    return hash(static_cast<std::uint8_t>(number(1, kHashes)));
  }

  std::vector<NewItem> contents() {
    std::vector<NewItem> items;
    for (int i = number(0, 6); i > 0; --i) items.push_back(content(id()));
    return items;
  }

  OnConflict on_conflict() { return static_cast<OnConflict>(number(0, 2)); }

 private:
  std::mt19937 random_;
};

/// Calls both stores with the same and compares what they say.
class Lockstep {
 public:
  Lockstep(StoreUnderTest& under_test, unsigned seed) : under_test_(under_test), random_(seed) {}

  void step() {
    if (random_.one_in(100)) under_test_.reopen();
    switch (random_.number(0, 9)) {
      case 0:
        return compare_items();
      case 1:
        return compare_get();
      case 2:
      case 3:
        return compare_remove();
      case 4:
      case 5:
        return compare_put_many();
      default:
        return compare_put();
    }
  }

  void compare_items() {
    const auto max_items = static_cast<std::size_t>(random_.number(1, kKeys + 1));
    const auto max_bytes = static_cast<std::size_t>(random_.number(0, 10'000));
    EXPECT_EQ(sorted(store().all(max_items, max_bytes)), sorted(model().all()));
  }

 private:
  StoreCaller store() { return StoreCaller(under_test_.store()); }
  StoreCaller model() { return StoreCaller(model_); }

  static std::vector<std::string> sorted(std::vector<std::string> texts) {
    std::ranges::sort(texts);
    return texts;
  }

  void compare_get() {
    const std::string id = random_.id();
    EXPECT_EQ(store().get(id), model().get(id));
    EXPECT_EQ(store().etag(id), model().etag(id));
  }

  void compare_remove() {
    const std::string id = random_.id();
    const RemoveCondition condition = random_.remove_condition(id);
    EXPECT_EQ(store().remove(id, condition), model().remove(id, condition));
  }

  void compare_put() {
    const std::string id = random_.id();
    const NewItem content = random_.content(id);
    const PutCondition condition = random_.put_condition(id);
    const auto idempotency = random_.idempotency();
    EXPECT_EQ(store().put(content, condition, idempotency),
              model().put(content, condition, idempotency));
  }

  void compare_put_many() {
    const std::vector<NewItem> items = random_.contents();
    const OnConflict on_conflict = random_.on_conflict();
    EXPECT_EQ(store().put_many(items, on_conflict), model().put_many(items, on_conflict));
  }

  StoreUnderTest& under_test_;
  MemoryStore model_;
  RandomCalls random_;
};

TEST_P(StoreLockstep, TheStoreAnswersAsItsModel) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const std::unique_ptr<StoreUnderTest> under_test = GetParam().make();
    Lockstep lockstep(*under_test, seed);
    for (int step = 0; step < GetParam().lockstep_steps; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      lockstep.step();
      ASSERT_FALSE(HasFailure());
    }
    lockstep.compare_items();
  }
}

}  // namespace
}  // namespace picus
