#include "api/bulk.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/run.h"
#include "store/testing/memory_store.h"

namespace picus {
namespace {

struct Budgets {
  Budget memory{64UZ * 1024 * 1024};
  Budget batches{1};
};

asio::awaitable<BulkReport> put(Store* store, Budgets* budgets, BulkOptions options,
                                std::string_view text, std::size_t piece_bytes) {
  IdSource ids;
  BulkPut bulk(*store, ids, budgets->memory, budgets->batches, options);
  while (!text.empty()) {
    co_await bulk.feed(text.substr(0, piece_bytes));
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  co_await bulk.finish();
  co_return bulk.report();
}

BulkReport put_lines(Store& store, std::string_view text, BulkOptions options = {},
                     std::size_t piece_bytes = 1'000'000) {
  Budgets budgets;
  return run(put(&store, &budgets, options, text, piece_bytes));
}

/// Takes some batches, and then none.
class StoreThatGoesAway final : public MemoryStore {
 public:
  explicit StoreThatGoesAway(std::size_t batches) : batches_(batches) {}

  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override {
    if (++asked_ > batches_) return away();
    return MemoryStore::put_many(std::move(items), on_conflict, std::move(context));
  }
  [[nodiscard]] std::size_t asked() const { return asked_; }

 private:
  static asio::awaitable<Result<std::vector<BulkOutcome>>> away() {
    co_return failure(ErrorCode::store_unavailable, "The store is away.");
  }

  std::size_t batches_;
  std::size_t asked_ = 0;
};

asio::awaitable<std::string> first_item(Store* store) {
  auto page = co_await store->scan(
      {.after = {}, .max_items = 1, .max_bytes = 1, .separator = '\n', .buffer = {}},
      Context{.deadline = std::chrono::steady_clock::time_point::max()});
  page->text.pop_back();
  co_return std::move(page->text);
}

std::string lines(int count, std::size_t padding) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text +=
        "{\"id\":\"" + std::to_string(i) + "\",\"pad\":\"" + std::string(padding, 'x') + "\"}\n";
  }
  return text;
}

TEST(Bulk, WithLittleMemoryLeftItWritesSmallerBatches) {
  MemoryStore store;
  Budgets budgets;
  const auto taken = budgets.memory.take(64UZ * 1024 * 1024 - 20'000);
  const BulkReport report = run(put(&store, &budgets, {}, lines(1000, 1000), 100'000));
  EXPECT_EQ(report.created, 1000U);
  EXPECT_TRUE(budgets.memory.take(20'000));
}

TEST(Bulk, WaitsForMemoryThatOthersGiveBack) {
  MemoryStore store;
  Budgets budgets;
  auto taken = budgets.memory.take(64UZ * 1024 * 1024);
  asio::io_context context(1);
  std::optional<BulkReport> report;
  const std::string text = lines(3, 10'000);
  asio::co_spawn(context, put(&store, &budgets, {.deadline = std::chrono::hours(1)}, text, 1'000),
                 [&](const std::exception_ptr&, BulkReport done) { report = std::move(done); });
  context.poll();
  EXPECT_FALSE(report);
  taken.reset();
  context.run();
  EXPECT_EQ(report->created, 3U);
}

TEST(Bulk, ALineThatGetsNoMemoryInTimeFailsAsOverloadedAndTheRestGoesOn) {
  MemoryStore store;
  Budgets budgets;
  const auto taken = budgets.memory.take(64UZ * 1024 * 1024);
  const std::string text = lines(1, 10'000) + "{\"id\":\"small\"}\n";
  const BulkReport report =
      run(put(&store, &budgets, {.deadline = std::chrono::milliseconds(1)}, text, 1'000));
  EXPECT_EQ(report.created, 1U);
  ASSERT_EQ(report.errors.size(), 1U);
  EXPECT_EQ(report.errors[0].position, 1U);
  EXPECT_EQ(report.errors[0].code, ErrorCode::overloaded);
}

TEST(Bulk, ABatchThatGetsNoPlaceInTimeFailsAsOverloaded) {
  MemoryStore store;
  Budgets budgets;
  const auto place = budgets.batches.take();
  const BulkReport report =
      run(put(&store, &budgets, {.deadline = std::chrono::milliseconds(1)}, lines(2, 1), 1'000));
  EXPECT_EQ(report.failed, 2U);
  EXPECT_EQ(report.errors.at(0).code, ErrorCode::overloaded);
  EXPECT_EQ(put_lines(store, lines(2, 1)).created, 2U);
}

TEST(Bulk, LinesAreItemsHoweverTheyArrive) {
  const std::string_view text =
      "{\"id\":\"a\",\"n\":1}\n\n{\"id\":\"b\"}\r\n  {\"id\":\"c\"}\n{\"id\":\"d\"}";
  for (std::size_t piece_bytes = 1; piece_bytes <= text.size(); ++piece_bytes) {
    MemoryStore store;
    const BulkReport report = put_lines(store, text, {}, piece_bytes);
    EXPECT_EQ(report.created, 4U) << piece_bytes;
    EXPECT_EQ(report.failed, 0U) << piece_bytes;
  }
}

TEST(Bulk, ABadLineIsReportedByItsNumberAndTheRestGoesOn) {
  MemoryStore store;
  const BulkReport report = put_lines(store, "{\"id\":\"a\"}\n\n{oops\n[1]\n{\"id\":\"b\"}\n");
  EXPECT_EQ(report.created, 2U);
  ASSERT_EQ(report.errors.size(), 2U);
  EXPECT_EQ(report.errors[0].position, 3U);
  EXPECT_EQ(report.errors[0].code, ErrorCode::invalid_json);
  EXPECT_EQ(report.errors[1].position, 4U);
  EXPECT_EQ(report.errors[1].code, ErrorCode::not_an_object);
}

TEST(Bulk, OnConflictDecidesAboutTakenKeys) {
  MemoryStore store;
  put_lines(store, "{\"id\":\"a\"}\n");
  const std::string_view again = "{\"id\":\"a\",\"n\":2}\n{\"id\":\"b\"}\n";
  const BulkReport failing = put_lines(store, again);
  EXPECT_EQ(failing.created, 1U);
  EXPECT_EQ(failing.failed, 1U);
  EXPECT_EQ(failing.errors.at(0).code, ErrorCode::already_exists);
  EXPECT_EQ(put_lines(store, again, {.on_conflict = OnConflict::skip}).skipped, 2U);
  EXPECT_EQ(put_lines(store, again, {.on_conflict = OnConflict::replace}).replaced, 2U);
}

TEST(Bulk, ALineThatIsTooLongIsPassedOverInWhateverPieces) {
  const std::string text = "{\"id\":\"a\"}\n{\"id\":\"" + std::string(200, 'x') +
                           "\"}\n{\"id\":\"b\"}\n" + std::string(200, ' ');
  for (const std::size_t piece_bytes : {1UZ, 7UZ, 64UZ, 1000UZ}) {
    MemoryStore store;
    const BulkReport report = put_lines(store, text, {.max_item_bytes = 64}, piece_bytes);
    EXPECT_EQ(report.created, 2U) << piece_bytes;
    EXPECT_EQ(report.failed, 2U) << piece_bytes;
    ASSERT_EQ(report.errors.size(), 2U);
    EXPECT_EQ(report.errors[0].position, 2U);
    EXPECT_EQ(report.errors[0].code, ErrorCode::body_too_large);
    EXPECT_EQ(report.errors[1].position, 4U);
  }
}

TEST(Bulk, WhatIsStoredOfALongLineWithoutAnIdIsTakenAgain) {
  std::string text = R"({"a":[)";
  while (text.size() < 998) text += "1,";
  text.back() = ']';
  text += '}';
  const BulkOptions options{.on_conflict = OnConflict::replace, .max_item_bytes = text.size()};
  MemoryStore store;
  ASSERT_EQ(put_lines(store, text, options).created, 1U);
  const std::string stored = run(first_item(&store));
  ASSERT_GT(stored.size(), text.size());
  EXPECT_EQ(put_lines(store, stored + "\r\n", options).replaced, 1U);
  EXPECT_EQ(put_lines(store, stored + "\n" + stored, options, 7).replaced, 2U);
  // One that only looks like it is too long.
  EXPECT_EQ(put_lines(store, text + " ", options).errors.at(0).code, ErrorCode::body_too_large);
  std::string spaced = stored;
  spaced.insert(1, 1, ' ');
  EXPECT_EQ(put_lines(store, spaced, options).errors.at(0).code, ErrorCode::body_too_large);
}

TEST(Bulk, ElementsOfAnArrayAreItemsHoweverTheyArrive) {
  const std::string_view text =
      " [{\"id\":\"a\",\"s\":\"]}\\\"\"},\n7 ,[{}], \"x\" , {\"id\":\"b\"}\t,null] \n";
  for (std::size_t piece_bytes = 1; piece_bytes <= text.size(); ++piece_bytes) {
    MemoryStore store;
    const BulkReport report = put_lines(store, text, {.format = ItemFormat::array}, piece_bytes);
    EXPECT_EQ(report.created, 2U) << piece_bytes;
    ASSERT_EQ(report.errors.size(), 4U) << piece_bytes;
    std::vector<std::uint64_t> positions;
    for (const BulkError& error : report.errors) {
      positions.push_back(error.position);
      EXPECT_EQ(error.code, ErrorCode::not_an_object);
    }
    EXPECT_EQ(positions, (std::vector<std::uint64_t>{1, 2, 3, 5}));
  }
}

TEST(Bulk, AnArrayIsReadUpToWhereItIsNoJson) {
  for (const std::string_view rest : {"", ",", ",]", " {}]", ":", "}", "] x", "][]", ",nonsense]",
                                      ",{\"a\":}]", ",{\"a\":", ",\"x"}) {
    const std::string text = "[{\"id\":\"a\"}" + std::string(rest);
    for (const std::size_t piece_bytes : {1UZ, 3UZ, 1000UZ}) {
      MemoryStore store;
      const BulkReport report = put_lines(store, text, {.format = ItemFormat::array}, piece_bytes);
      EXPECT_EQ(report.created, 1U) << text;
      EXPECT_EQ(report.failed, 1U) << text;
      ASSERT_EQ(report.errors.size(), 1U) << text;
      EXPECT_EQ(report.errors[0].position, 1U) << text;
      EXPECT_EQ(report.errors[0].code, ErrorCode::invalid_json) << text;
    }
  }
}

TEST(Bulk, AnElementThatIsTooLongIsPassedOverInWhateverPieces) {
  const std::string text = R"([{"id":"a"},{"id":")" + std::string(200, 'x') + R"("},[)" +
                           std::string(200, ' ') + R"(],{"id":"b"}])";
  for (const std::size_t piece_bytes : {1UZ, 7UZ, 64UZ, 1000UZ}) {
    MemoryStore store;
    const BulkReport report =
        put_lines(store, text, {.format = ItemFormat::array, .max_item_bytes = 64}, piece_bytes);
    EXPECT_EQ(report.created, 2U) << piece_bytes;
    ASSERT_EQ(report.errors.size(), 2U) << piece_bytes;
    EXPECT_EQ(report.errors[0].position, 1U);
    EXPECT_EQ(report.errors[1].position, 2U);
    EXPECT_EQ(report.errors[1].code, ErrorCode::body_too_large);
  }
}

TEST(Bulk, AStoreThatGoesAwayIsNotAskedAgainAndTheRestFails) {
  StoreThatGoesAway store(2);
  const BulkReport report = put_lines(store, lines(16, 300'000));
  EXPECT_EQ(store.asked(), 3U);
  EXPECT_EQ(report.created, 8U);
  EXPECT_EQ(report.failed, 8U);
  for (const BulkError& error : report.errors) {
    EXPECT_EQ(error.code, ErrorCode::store_unavailable);
  }
}

TEST(Bulk, ManyErrorsAreCountedAndTheFirstHundredTold) {
  MemoryStore store;
  std::string text;
  for (int i = 0; i < 250; ++i) text += "nonsense\n";
  const BulkReport report = put_lines(store, text);
  EXPECT_EQ(report.failed, 250U);
  ASSERT_EQ(report.errors.size(), 100U);
  EXPECT_EQ(report.errors.back().position, 100U);
}

TEST(Bulk, MoreItemsThanABatchHoldsAreAllThere) {
  MemoryStore store;
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "{\"id\":\"k" + std::to_string(i) + "\"}\n";
  EXPECT_EQ(put_lines(store, text).created, 10'000U);
  EXPECT_EQ(put_lines(store, text, {.on_conflict = OnConflict::skip}).skipped, 10'000U);
}

/// Counts how often it had its turn until the bulk put was done.
asio::awaitable<std::size_t> turns_beside(std::string_view text) {
  MemoryStore store;
  Budgets budgets;
  std::size_t turns = 0;
  bool done = false;
  const auto executor = co_await asio::this_coro::executor;
  const std::function<void()> other = [&] {
    ++turns;
    if (!done) asio::post(executor, other);
  };
  asio::post(executor, other);
  co_await put(&store, &budgets, {}, text, text.size());
  done = true;
  // It refers to what is here.
  co_await let_others_run();
  co_return turns;
}

TEST(Bulk, LetsOthersRunHoweverMuchTextIsThere) {
  EXPECT_GE(run(turns_beside(std::string(1'000'000, '\n'))), 1000U);
  EXPECT_GE(run(turns_beside(std::string(1'000'000, 'x'))), 1U);
}

}  // namespace
}  // namespace picus
