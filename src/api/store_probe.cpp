#include "api/store_probe.h"

#include <algorithm>
#include <utility>

#include "core/pause.h"

namespace picus {
namespace {

constexpr std::chrono::seconds kKept{1};
/// People and deployments wait for the answer.
constexpr std::chrono::milliseconds kPatience{1500};

}  // namespace

/// The one that asks. It ends the turn on every way out.
class StoreProbe::Turn {
 public:
  explicit Turn(StoreProbe& probe) : probe_(probe) {}
  ~Turn() {
    const std::scoped_lock lock(probe_.mutex_);
    probe_.asking_ = false;
    probe_.last_ = state_;
    probe_.last_until_ = Clock::now() + kKept;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  StoreState end(StoreState state) { return state_ = state; }

 private:
  StoreProbe& probe_;
  StoreState state_ = StoreState::unreachable;
};

std::optional<StoreState> StoreProbe::known(Clock::time_point now, bool& is_turn) {
  const std::scoped_lock lock(mutex_);
  if (last_ && now < last_until_) return last_;
  is_turn = !std::exchange(asking_, true);
  return std::nullopt;
}

asio::awaitable<StoreState> StoreProbe::state(Context context) {
  std::optional<StoreState> last;
  bool is_turn = false;
  const auto look = [&] {
    last = known(Clock::now(), is_turn);
    return last || is_turn;
  };
  const bool is_over = co_await wait_until(look, context.deadline);
  if (!is_over) co_return StoreState::unreachable;
  if (last) co_return *last;
  Turn turn(*this);
  context.deadline = std::min(context.deadline, Clock::now() + kPatience);
  const StoreState state = co_await store_.ask(std::move(context));
  co_return turn.end(state);
}

}  // namespace picus
