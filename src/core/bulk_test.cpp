#include "core/bulk.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/run.h"
#include "store/memory_store.h"

namespace picus {
namespace {

asio::awaitable<BulkReport> put(Store* store, BulkOptions options, std::string_view text,
                                std::size_t piece_bytes) {
  IdSource ids;
  BulkPut bulk(*store, ids, options);
  while (!text.empty()) {
    co_await bulk.feed(text.substr(0, piece_bytes));
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  co_await bulk.finish();
  co_return bulk.report();
}

BulkReport put_lines(Store& store, std::string_view text, BulkOptions options = {},
                     std::size_t piece_bytes = 1'000'000) {
  return run(put(&store, options, text, piece_bytes));
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
  EXPECT_EQ(report.errors[0].line, 3U);
  EXPECT_EQ(report.errors[0].code, ErrorCode::invalid_json);
  EXPECT_EQ(report.errors[1].line, 4U);
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
  const std::string text = "{\"id\":\"a\"}\n{\"id\":\"" + std::string(100, 'x') +
                           "\"}\n{\"id\":\"b\"}\n" + std::string(70, ' ');
  for (const std::size_t piece_bytes : {1UZ, 7UZ, 64UZ, 1000UZ}) {
    MemoryStore store;
    const BulkReport report = put_lines(store, text, {.max_line_bytes = 64}, piece_bytes);
    EXPECT_EQ(report.created, 2U) << piece_bytes;
    EXPECT_EQ(report.failed, 2U) << piece_bytes;
    ASSERT_EQ(report.errors.size(), 2U);
    EXPECT_EQ(report.errors[0].line, 2U);
    EXPECT_EQ(report.errors[0].code, ErrorCode::body_too_large);
    EXPECT_EQ(report.errors[1].line, 4U);
  }
}

TEST(Bulk, ManyErrorsAreCountedAndTheFirstHundredTold) {
  MemoryStore store;
  std::string text;
  for (int i = 0; i < 250; ++i) text += "nonsense\n";
  const BulkReport report = put_lines(store, text);
  EXPECT_EQ(report.failed, 250U);
  ASSERT_EQ(report.errors.size(), 100U);
  EXPECT_EQ(report.errors.back().line, 100U);
}

TEST(Bulk, MoreItemsThanABatchHoldsAreAllThere) {
  MemoryStore store;
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "{\"id\":\"k" + std::to_string(i) + "\"}\n";
  EXPECT_EQ(put_lines(store, text).created, 10'000U);
  EXPECT_EQ(put_lines(store, text, {.on_conflict = OnConflict::skip}).skipped, 10'000U);
}

}  // namespace
}  // namespace picus
