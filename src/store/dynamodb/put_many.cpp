#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <random>
#include <span>
#include <utility>

#include "core/key_order.h"
#include "core/pause.h"
#include "store/dynamodb/state.h"
#include "store/dynamodb/store.h"

// Many items at once: concurrent PutItems. BatchWriteItem knows no conditions and does not say what
// it replaced.
namespace picus {
namespace {

using std::chrono::milliseconds;

/// How long a worker waits that has no room in the window.
constexpr milliseconds kWaitForRoom{20};

/// Before an item that the table throttled is tried again, on top of the client's own retries.
milliseconds pause_after_throttling() {
  constexpr int kShortestMs = 50;
  constexpr int kLongestMs = 250;
  thread_local std::minstd_rand random(std::random_device{}());
  return milliseconds(std::uniform_int_distribution(kShortestMs, kLongestMs)(random));
}

PutCondition condition_of(OnConflict on_conflict) {
  if (on_conflict == OnConflict::replace) return Always{};
  return IfAbsent{};
}

BulkOutcome outcome_of(const Result<PutOutcome>& put, OnConflict on_conflict) {
  if (put) return put->created ? Written::created : Written::replaced;
  if (put.error().code() == ErrorCode::already_exists && on_conflict == OnConflict::skip) {
    return Written::skipped;
  }
  return BulkOutcome(std::unexpect, put.error().code());
}

/// Whether the table was reached and answered for the item.
bool reached(const BulkOutcome& outcome) {
  return outcome || outcome.error() == ErrorCode::already_exists;
}

}  // namespace

/// One call of put_many. Its coroutines run on one strand.
class DynamoDbStore::Batch {
 public:
  using Strand = asio::strand<asio::any_io_executor>;

  Batch(std::shared_ptr<State> state, Strand strand, std::vector<NewItem> items,
        OnConflict on_conflict, Context context)
      : state_(std::move(state)),
        strand_(strand),
        items_(std::move(items)),
        order_(by_key(items_)),
        on_conflict_(on_conflict),
        context_(std::move(context)),
        patience_(context_.deadline - std::chrono::steady_clock::now()),
        outcomes_(items_.size(), BulkOutcome(std::unexpect, ErrorCode::deadline_exceeded)),
        ended_(strand, asio::steady_timer::time_point::max()) {}

  /// Writes all of it. On the strand.
  static asio::awaitable<void> run(std::shared_ptr<Batch> batch) {
    const std::size_t workers = std::min(batch->state_->options.bulk_writes, batch->items_.size());
    for (std::size_t number = 0; number < workers; ++number) {
      ++batch->workers_;
      asio::co_spawn(batch->strand_, work(batch, number), [batch](std::exception_ptr thrown) {
        if (thrown) batch->thrown_ = thrown;
        if (--batch->workers_ == 0) batch->ended_.cancel();
      });
    }
    boost::system::error_code ignored;
    while (batch->workers_ > 0) {
      co_await batch->ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (batch->thrown_) std::rethrow_exception(batch->thrown_);
  }

  /// The store's error where it kept every single item from being written or found.
  Result<std::vector<BulkOutcome>> result() {
    if (error_ && std::ranges::none_of(outcomes_, reached)) return std::unexpected(*error_);
    return std::move(outcomes_);
  }

 private:
  static asio::awaitable<void> work(std::shared_ptr<Batch> batch, std::size_t number) {
    while (batch->taken_ < batch->order_.size()) {
      if (number >= batch->state_->window.size() && !batch->late()) {
        co_await pause(kWaitForRoom);
        continue;
      }
      for (const std::size_t index : batch->take()) co_await batch->write(index);
    }
  }

  /// Items with one key that nobody has taken yet. They meet each other's writes: one worker writes
  /// them all.
  std::span<const std::size_t> take() {
    const std::size_t begin = taken_;
    const Key& key = items_[order_[begin]].key;
    while (taken_ < order_.size() && items_[order_[taken_]].key == key) ++taken_;
    return std::span(order_).subspan(begin, taken_ - begin);
  }

  asio::awaitable<void> write(std::size_t index) {
    OneWrite write{.name = state_->ids.token(), .share = State::Share::bulk};
    for (;;) {
      const auto put = co_await state_->put(&write, &items_[index], condition_of(on_conflict_),
                                            std::string(), context_);
      keep(index, put);
      if (put) state_->window.succeeded();
      if (put || write.lost || !is_waited_out(put.error().code())) co_return;
      if (put.error().code() == ErrorCode::throttled) {
        state_->window.throttled(std::chrono::steady_clock::now());
      }
      co_await pause(pause_after_throttling());
      if (late()) co_return;
    }
  }

  /// A table that throttles. And one that is silent for a second after it took items: by the
  /// breaker that second would cost all that follows.
  [[nodiscard]] bool is_waited_out(ErrorCode code) const {
    return code == ErrorCode::throttled || (progressed_ && traits(code).retryable);
  }

  void keep(std::size_t index, const Result<PutOutcome>& put) {
    outcomes_[index] = outcome_of(put, on_conflict_);
    if (!put && !error_) error_ = put.error();
    // A small table takes as long as it takes: the time is for each step forward, not for all.
    if (reached(outcomes_[index])) {
      progressed_ = true;
      context_.deadline = std::chrono::steady_clock::now() + patience_;
    }
  }

  [[nodiscard]] bool late() const { return std::chrono::steady_clock::now() >= context_.deadline; }

  std::shared_ptr<State> state_;
  Strand strand_;
  std::vector<NewItem> items_;
  std::vector<std::size_t> order_;
  std::size_t taken_ = 0;  // of order_
  bool progressed_ = false;
  OnConflict on_conflict_;
  Context context_;
  std::chrono::steady_clock::duration patience_;
  std::vector<BulkOutcome> outcomes_;
  std::optional<Error> error_;  // the first
  std::size_t workers_ = 0;
  std::exception_ptr thrown_;
  asio::steady_timer ended_;  // the last worker cancels it
};

asio::awaitable<Result<std::vector<BulkOutcome>>> DynamoDbStore::put_many(
    std::vector<NewItem> items, OnConflict on_conflict, Context context) {
  if (std::chrono::steady_clock::now() >= context.deadline) {
    co_return failure(ErrorCode::deadline_exceeded, "The request could not start in time.");
  }
  const auto strand = asio::make_strand(co_await asio::this_coro::executor);
  const auto batch =
      std::make_shared<Batch>(state_, strand, std::move(items), on_conflict, context);
  co_await asio::co_spawn(strand, Batch::run(batch), asio::use_awaitable);
  co_return batch->result();
}

}  // namespace picus
