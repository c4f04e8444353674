#include "api/item_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/run.h"

namespace picus {
namespace {

/// A store whose pages are given: only to make pages that a real one makes rarely.
class GivenPages final : public Store {
 public:
  explicit GivenPages(std::vector<Result<Page>> pages) : pages_(std::move(pages)) {}

  asio::awaitable<Result<std::optional<StoredItem>>> get(Key, Context) override {
    co_return std::nullopt;
  }
  asio::awaitable<Result<PutOutcome>> put(NewItem, PutCondition, std::optional<IdempotencyHash>,
                                          Context) override {
    co_return failure(ErrorCode::internal, "");
  }
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem>, OnConflict,
                                                             Context) override {
    co_return failure(ErrorCode::internal, "");
  }
  asio::awaitable<Result<void>> remove(Key, RemoveCondition, Context) override {
    co_return failure(ErrorCode::internal, "");
  }
  asio::awaitable<Result<Page>> scan(ScanRequest, Context) override {
    Result<Page> page = std::move(pages_.front());
    pages_.erase(pages_.begin());
    co_return page;
  }
  [[nodiscard]] StoreIdentity identity() const override { return {.kind = "given", .place = {}}; }
  asio::awaitable<StoreState> ask(Context) override { co_return StoreState::ok; }

 private:
  std::vector<Result<Page>> pages_;
};

Page page(std::string text, std::size_t count, bool last) {
  return {.text = std::move(text),
          .count = count,
          .next = last ? std::nullopt : std::optional<std::string>("next")};
}

asio::awaitable<Result<std::string>> read_all(ByteStream* stream) {
  std::string text;
  while (true) {
    const auto piece = co_await stream->read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return text;
    text += *piece;
  }
}

std::unique_ptr<PageStream> scan_all(Store& store, ListFormat format) {
  return store.scan_all({.page_bytes = kStreamPageBytes,
                         .separator = separator(format),
                         .page_deadline = std::chrono::milliseconds(1000)});
}

std::string streamed(std::vector<Result<Page>> pages, ListFormat format) {
  Page first = std::move(*pages.front());
  pages.erase(pages.begin());
  GivenPages store(std::move(pages));
  Budget lists(1);
  const auto stream = list_stream(scan_all(store, format), std::move(first), format, *lists.take());
  return run(read_all(stream.get())).value();
}

std::vector<Result<Page>> pages(Page a, Page b, Page c) {
  std::vector<Result<Page>> all;
  all.emplace_back(std::move(a));
  all.emplace_back(std::move(b));
  all.emplace_back(std::move(c));
  return all;
}

TEST(ItemList, AnEmptyStoreIsAnEmptyArray) {
  std::vector<Result<Page>> one;
  one.emplace_back(page("", 0, true));
  EXPECT_EQ(streamed(std::move(one), ListFormat::array), "[]");
  EXPECT_EQ(page_text(page("", 0, true), ListFormat::array), "[]");
  EXPECT_EQ(page_text(page("", 0, true), ListFormat::ndjson), "");
}

TEST(ItemList, PagesBecomeOneArray) {
  EXPECT_EQ(streamed(pages(page("1,2,", 2, false), page("3,", 1, false), page("4,", 1, true)),
                     ListFormat::array),
            "[1,2,3,4]");
}

TEST(ItemList, ALastPageThatTurnsOutEmptyLeavesNoComma) {
  EXPECT_EQ(streamed(pages(page("1,", 1, false), page("2,", 1, false), page("", 0, true)),
                     ListFormat::array),
            "[1,2]");
}

TEST(ItemList, AnEmptyPageInTheMiddleIsNotTheEnd) {
  for (const ListFormat format : {ListFormat::array, ListFormat::ndjson}) {
    const std::string end(1, separator(format));
    EXPECT_EQ(
        streamed(pages(page("1" + end, 1, false), page("", 0, false), page("2" + end, 1, true)),
                 format),
        format == ListFormat::array ? "[1,2]" : "1\n2\n");
    EXPECT_EQ(
        streamed(pages(page("", 0, false), page("", 0, false), page("1" + end, 1, true)), format),
        format == ListFormat::array ? "[1]" : "1\n");
  }
}

TEST(ItemList, LinesStayLines) {
  EXPECT_EQ(streamed(pages(page("1\n2\n", 2, false), page("3\n", 1, false), page("", 0, true)),
                     ListFormat::ndjson),
            "1\n2\n3\n");
}

TEST(ItemList, AStoreThatFailsInTheMiddleFailsTheStream) {
  std::vector<Result<Page>> rest;
  rest.emplace_back(failure(ErrorCode::store_unavailable, "gone"));
  GivenPages store(std::move(rest));
  Budget lists(1);
  const auto stream = list_stream(scan_all(store, ListFormat::array), page("1,", 1, false),
                                  ListFormat::array, *lists.take());
  EXPECT_EQ(run(read_all(stream.get())).error().code(), ErrorCode::store_unavailable);
}

ListFormat asked(const std::vector<HeaderView>& headers) {
  Request request;
  request.headers = headers;
  return list_format(request);
}

TEST(ItemList, AcceptDecidesTheFormat) {
  EXPECT_EQ(asked({}), ListFormat::array);
  EXPECT_EQ(asked({{"Accept", "*/*"}}), ListFormat::array);
  EXPECT_EQ(asked({{"Accept", "application/x-ndjson"}}), ListFormat::ndjson);
  EXPECT_EQ(asked({{"accept", "text/html, Application/X-NDJSON ; q=0.5"}}), ListFormat::ndjson);
  EXPECT_EQ(asked({{"Accept", "application/x-ndjson, */*"}}), ListFormat::ndjson);
  EXPECT_EQ(asked({{"Accept", "application/x-ndjson;q=0.5, */*"}}), ListFormat::array);
  EXPECT_EQ(asked({{"Accept", "application/json, application/x-ndjson;q=0.9"}}), ListFormat::array);
  EXPECT_EQ(asked({{"Accept", "application/json;q=0.1, application/x-ndjson;q=0.15"}}),
            ListFormat::ndjson);
  EXPECT_EQ(asked({{"Accept", "application/x-ndjson;q=0"}}), ListFormat::array);
  EXPECT_EQ(asked({{"Accept", "text/html"}, {"Accept", "application/x-ndjson"}}),
            ListFormat::ndjson);
}

}  // namespace
}  // namespace picus
