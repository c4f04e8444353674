#include "cli/store_sink.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/run.h"
#include "store/testing/memory_store.h"

namespace picus::cli {
namespace {

using namespace std::chrono_literals;

/// Fails items of bulk puts as it is told: `fault(call, id)`, calls counted from 1.
class FailingStore final : public Store {
 public:
  using Fault = std::function<std::optional<ErrorCode>(int call, const std::string& id)>;

  explicit FailingStore(Fault fault) : fault_(std::move(fault)) {}

  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override {
    ++calls;
    std::vector<BulkOutcome> outcomes;
    for (NewItem& item : items) {
      if (const auto code = fault_(calls, item.key.text())) {
        outcomes.emplace_back(std::unexpect, *code);
        continue;
      }
      std::vector<NewItem> one;
      one.push_back(std::move(item));
      const auto put = co_await memory.put_many(std::move(one), on_conflict, context);
      outcomes.push_back(put->front());
    }
    co_return outcomes;
  }

  asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) override {
    return memory.get(std::move(key), std::move(context));
  }
  asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                          std::optional<IdempotencyHash> idempotency,
                                          Context context) override {
    return memory.put(std::move(item), std::move(condition), idempotency, std::move(context));
  }
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                       Context context) override {
    return memory.remove(std::move(key), std::move(condition), std::move(context));
  }
  asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) override {
    return memory.scan(std::move(request), std::move(context));
  }
  [[nodiscard]] StoreIdentity identity() const override { return memory.identity(); }
  asio::awaitable<StoreState> ask(Context context) override {
    return memory.ask(std::move(context));
  }

  MemoryStore memory;
  int calls = 0;

 private:
  Fault fault_;
};

std::vector<NewItem> batch(const std::vector<std::string>& ids) {
  std::vector<NewItem> items;
  for (const std::string& id : ids) {
    items.push_back(make_item(Key::parse(id, ErrorCode::invalid_id).value(), {}, 0).value());
  }
  return items;
}

std::expected<BatchOutcome, std::string> put(Store& store, std::vector<NewItem> items,
                                             std::chrono::milliseconds patience) {
  StoreSink sink(store, patience, 1ms);
  return run(sink.put(std::move(items), OnConflict::fail));
}

/// So many items created, and one refused.
void expect_all_but(const std::expected<BatchOutcome, std::string>& outcome, std::uint64_t created,
                    std::size_t refused, std::string_view code) {
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->created, created);
  ASSERT_EQ(outcome->refused.size(), 1U);
  EXPECT_EQ(outcome->refused[0].index, refused);
  EXPECT_EQ(outcome->refused[0].code, code);
}

TEST(StoreSink, WhatPassesIsPutAgainAndNothingElse) {
  FailingStore store([](int call, const std::string& id) -> std::optional<ErrorCode> {
    if (call == 1 && id == "a") return ErrorCode::store_unavailable;
    if (call < 4 && id == "b") return ErrorCode::deadline_exceeded;
    if (id == "c") return ErrorCode::store_full;
    return std::nullopt;
  });
  const auto outcome = put(store, batch({"a", "b", "c", "d"}), 1h);
  expect_all_but(outcome, 3, 2, "store-full");
  EXPECT_EQ(store.calls, 4);
}

TEST(StoreSink, WithoutProgressItGivesUp) {
  FailingStore store([](int, const std::string& id) -> std::optional<ErrorCode> {
    if (id == "away") return ErrorCode::store_unavailable;
    return std::nullopt;
  });
  const auto outcome = put(store, batch({"z", "away", "a"}), 50ms);
  expect_all_but(outcome, 2, 1, "store-unavailable");
  EXPECT_GT(store.calls, 1);
}

TEST(StoreSink, AWriteWhoseAnswerWasLostIsNoConflict) {
  FailingStore* told = nullptr;
  FailingStore store([&](int call, const std::string&) -> std::optional<ErrorCode> {
    if (call > 1) return std::nullopt;
    static_cast<void>(run(told->memory.put_many(batch({"a"}), OnConflict::fail,
                                                {std::chrono::steady_clock::time_point::max()})));
    return ErrorCode::deadline_exceeded;
  });
  told = &store;
  const auto outcome = put(store, batch({"a"}), 1h);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->created + outcome->skipped, 1U);
  EXPECT_TRUE(outcome->refused.empty());
}

}  // namespace
}  // namespace picus::cli
