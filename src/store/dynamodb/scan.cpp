#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "json/text.h"
#include "store/dynamodb/answer.h"
#include "store/dynamodb/state.h"
#include "store/dynamodb/store.h"

namespace picus {
namespace {

/// Before a position that is the key of another program's item, which is no key of ours.
constexpr char kForeign = '\x02';
constexpr std::size_t kMaxForeignKeyBytes = 2048;  ///< DynamoDB's limit
/// A list begins with a page of so many items; a table that has no more is read with one call.
constexpr std::size_t kFirstItems = 256;
/// More do not fit into an answer of 1 MB anyway.
constexpr std::size_t kMaxScannedItems = 1'000'000;

/// A list that went on from there would never end.
std::unexpected<Error> stands_still() {
  return failure(ErrorCode::store_unavailable, "The response of the store cannot be read.",
                 "a Scan returned the LastEvaluatedKey that it started after");
}

bool is_key(const std::string& text) {
  return Key::parse(text, ErrorCode::invalid_cursor).has_value();
}

std::string position_of(std::string key) { return is_key(key) ? key : kForeign + key; }

Result<std::string> key_of(std::string position) {
  if (position.empty() || is_key(position)) return position;
  if (position.front() == kForeign) {
    std::string key = position.substr(1);
    const bool possible =
        !key.empty() && key.size() <= kMaxForeignKeyBytes && picus::json::is_utf8(key);
    if (possible && !is_key(key)) return key;
  }
  return failure(ErrorCode::invalid_cursor, "The cursor was not issued by this store.");
}

}  // namespace

asio::awaitable<Result<Page>> DynamoDbStore::scan(ScanRequest request, Context context) {
  auto key = key_of(std::move(request.after));
  if (!key) co_return std::unexpected(std::move(key.error()));
  const PageLimits limits{.max_items = request.max_items,
                          .max_bytes = request.max_bytes,
                          .separator = request.separator,
                          .skip_damaged = request.skip_damaged};
  Page page{.text = std::move(request.buffer), .count = 0, .next = std::nullopt};
  page.text.clear();
  std::optional<std::string> next = std::move(*key);
  do {
    // One more than there is room for: a Scan that ends with its limit does not know whether more
    // follows, and a page that is said to follow is better not empty.
    const std::size_t room = std::min(limits.max_items - page.count, kMaxScannedItems);
    const ScanPart part{.after = *next, .max_items = room + 1, .eventual = context.eventual};
    const auto answer = co_await state_->call("Scan", state_->requests.scan(part), context);
    if (!answer) co_return std::unexpected(dynamodb_error(answer.error()));
    auto read = append_scan(page, answer->body, limits, state_->options.key_attribute);
    if (!read) co_return std::unexpected(std::move(read.error()));
    if (*read == part.after) co_return stands_still();
    next = std::move(*read);
  } while (next && !limits.reached_by(page));
  if (next) page.next = position_of(std::move(*next));
  co_return page;
}

/// A table's items by parallel Scans. Each segment reads one page ahead, and goes on when that page
/// was taken: memory has a bound, and who takes nothing makes nothing be read.
class DynamoDbStore::Segments {
 public:
  Segments(std::shared_ptr<State> state, ScanAllRequest request,
           const asio::any_io_executor& executor)
      : state_(std::move(state)),
        request_(std::move(request)),
        strand_(asio::make_strand(executor)),
        changed_(strand_, asio::steady_timer::time_point::max()) {
    segments_.resize(1);
  }

  [[nodiscard]] const asio::strand<asio::any_io_executor>& strand() const { return strand_; }

  /// From any thread: what is still being read is of no use to anybody.
  void abandon() { abandoned_ = true; }

  /// The next page of any segment. On the strand, one call at a time.
  static asio::awaitable<Result<Page>> take(std::shared_ptr<Segments> self, std::string buffer) {
    for (;;) {
      for (std::size_t number = 0; number < self->segments_.size(); ++number) {
        Segment& segment = self->segments_[number];
        if (segment.phase == Phase::idle) start(self, number, std::exchange(buffer, {}));
      }
      const auto ready = std::ranges::find(self->segments_, Phase::ready, &Segment::phase);
      if (ready != self->segments_.end()) {
        if (auto page = self->taken_from(*ready)) co_return std::move(*page);
        continue;
      }
      boost::system::error_code ignored;
      co_await self->changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

 private:
  enum class Phase : std::uint8_t { idle, reading, ready, ended };

  struct Segment {
    Phase phase = Phase::idle;
    std::string after;  ///< the key to go on behind
    Result<Page> page;  ///< while ready; its `next` is a key
  };

  static void start(const std::shared_ptr<Segments>& self, std::size_t number, std::string buffer) {
    self->segments_[number].phase = Phase::reading;
    asio::co_spawn(self->strand_, read(self, number, std::move(buffer)),
                   [self, number](std::exception_ptr thrown) {
                     Segment& segment = self->segments_[number];
                     if (thrown) segment.page = failure(ErrorCode::internal, "", "scan: exception");
                     segment.phase = Phase::ready;
                     self->changed_.cancel();
                   });
  }

  /// One Scan. On the strand.
  static asio::awaitable<void> read(std::shared_ptr<Segments> self, std::size_t number,
                                    std::string buffer) {
    Page page{.text = std::move(buffer), .count = 0, .next = std::nullopt};
    page.text.clear();
    const ScanPart part{.after = self->segments_[number].after,
                        .max_items = self->items_for_a_page(),
                        .eventual = self->request_.eventual,
                        .segment = static_cast<unsigned>(number),
                        .segments = static_cast<unsigned>(self->segments_.size())};
    const auto deadline = std::chrono::steady_clock::now() + self->request_.page_deadline;
    const Context context{.deadline = deadline, .trace = self->request_.trace};
    State& state = *self->state_;
    const auto answer = co_await state.call("Scan", state.requests.scan(part), context);
    Segment& segment = self->segments_[number];
    if (self->abandoned_) co_return;
    if (!answer) {
      segment.page = std::unexpected(dynamodb_error(answer.error()));
      co_return;
    }
    const PageLimits limits{.max_items = std::numeric_limits<std::size_t>::max(),
                            .max_bytes = std::numeric_limits<std::size_t>::max(),
                            .separator = self->request_.separator,
                            .skip_damaged = self->request_.skip_damaged};
    auto next = append_scan(page, answer->body, limits, state.options.key_attribute);
    if (next && *next == part.after) next = stands_still();
    if (!next) {
      segment.page = std::unexpected(std::move(next.error()));
      co_return;
    }
    page.next = std::move(*next);
    segment.page = std::move(page);
  }

  /// Nothing where the list starts again, in segments.
  std::optional<Result<Page>> taken_from(Segment& segment) {
    Result<Page> page = std::move(segment.page);
    if (!page) return page;
    items_ += page->count;
    bytes_ += page->text.size();
    const bool more = page->next.has_value();
    if (more && segments_.size() == 1 && state_->options.list_segments > 1) {
      segments_.assign(state_->options.list_segments, Segment{});
      return std::nullopt;
    }
    segment.phase = more ? Phase::idle : Phase::ended;
    if (more) segment.after = std::move(*page->next);
    const bool last = std::ranges::all_of(
        segments_, [](const Segment& other) { return other.phase == Phase::ended; });
    page->next.reset();
    if (!last) page->next.emplace();
    return page;
  }

  /// How many items make a page of about the size that is wanted, by those that were seen.
  [[nodiscard]] std::size_t items_for_a_page() const {
    if (items_ == 0) return kFirstItems;
    return std::max(request_.page_bytes * items_ / std::max(bytes_, 1UZ), 1UZ);
  }

  std::shared_ptr<State> state_;
  ScanAllRequest request_;
  asio::strand<asio::any_io_executor> strand_;
  std::vector<Segment> segments_;  ///< one, until it is known that the table has more than a page
  std::size_t items_ = 0;
  std::size_t bytes_ = 0;
  asio::steady_timer changed_;  ///< cancelled when a page is ready
  std::atomic<bool> abandoned_ = false;
};

/// Makes the segments where it is first read from, and lets go of them where it is destroyed:
/// Scans that are on their way end by themselves.
class DynamoDbStore::Pages final : public PageStream {
 public:
  Pages(std::shared_ptr<State> state, ScanAllRequest request)
      : state_(std::move(state)), request_(std::move(request)) {}
  ~Pages() override {
    if (segments_) segments_->abandon();
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  asio::awaitable<Result<Page>> read(std::string buffer) override {
    if (!segments_) {
      const auto executor = co_await asio::this_coro::executor;
      segments_ = std::make_shared<Segments>(state_, request_, executor);
    }
    co_return co_await asio::co_spawn(
        segments_->strand(), Segments::take(segments_, std::move(buffer)), asio::use_awaitable);
  }

 private:
  std::shared_ptr<State> state_;
  ScanAllRequest request_;
  std::shared_ptr<Segments> segments_;
};

std::unique_ptr<PageStream> DynamoDbStore::scan_all(ScanAllRequest request) {
  return std::make_unique<Pages>(state_, std::move(request));
}

}  // namespace picus
