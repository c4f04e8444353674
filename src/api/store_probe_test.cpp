#include "api/store_probe.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <vector>

#include "core/pause.h"
#include "core/run.h"
#include "store/testing/memory_store.h"

namespace picus {
namespace {

/// A store that takes its time to answer, and counts the questions.
class SlowStore final : public Store {
 public:
  asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) override {
    return items_.get(std::move(key), std::move(context));
  }
  asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                          std::optional<IdempotencyHash> idempotency,
                                          Context context) override {
    return items_.put(std::move(item), std::move(condition), idempotency, std::move(context));
  }
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override {
    return items_.put_many(std::move(items), on_conflict, std::move(context));
  }
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                       Context context) override {
    return items_.remove(std::move(key), std::move(condition), std::move(context));
  }
  asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) override {
    return items_.scan(std::move(request), std::move(context));
  }
  [[nodiscard]] StoreIdentity identity() const override { return items_.identity(); }
  asio::awaitable<StoreState> ask(Context /*context*/) override {
    ++asked;
    co_await pause(std::chrono::milliseconds(20));
    co_return state;
  }

  int asked = 0;
  StoreState state = StoreState::ok;

 private:
  MemoryStore items_;
};

Context in_time() { return {.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1)}; }

TEST(StoreProbe, AsksOnceForAllWhoWantToKnow) {
  SlowStore store;
  store.state = StoreState::denied;
  StoreProbe probe(store);
  asio::io_context context(1);
  std::vector<StoreState> states;
  for (int i = 0; i < 10; ++i) {
    asio::co_spawn(context, probe.state(in_time()),
                   [&](const std::exception_ptr&, StoreState state) { states.push_back(state); });
  }
  context.run();
  EXPECT_EQ(states, std::vector<StoreState>(10, StoreState::denied));
  EXPECT_EQ(store.asked, 1);
  EXPECT_EQ(run(probe.state(in_time())), StoreState::denied);
  EXPECT_EQ(store.asked, 1);
}

TEST(StoreProbe, WhoCannotWaitForTheAnswerTakesItForUnreachable) {
  SlowStore store;
  StoreProbe probe(store);
  asio::io_context context(1);
  std::vector<StoreState> states;
  const auto keep = [&](const std::exception_ptr&, StoreState state) { states.push_back(state); };
  asio::co_spawn(context, probe.state(in_time()), keep);
  asio::co_spawn(context, probe.state({.deadline = {}}), keep);
  context.run();
  EXPECT_EQ(states, (std::vector<StoreState>{StoreState::unreachable, StoreState::ok}));
}

TEST(StoreProbe, AQuestionThatIsAbandonedDoesNotStopTheNext) {
  SlowStore store;
  StoreProbe probe(store);
  {
    asio::io_context context(1);
    asio::co_spawn(context, probe.state(in_time()), [](const std::exception_ptr&, StoreState) {});
    context.poll();
  }
  EXPECT_EQ(store.asked, 1);
  EXPECT_EQ(run(probe.state(in_time())), StoreState::unreachable);
}

}  // namespace
}  // namespace picus
