#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace picus::net {

/// The connections of one thread. What is done to all of them is done to a few in a row, and the
/// thread serves requests in between, however many there are. For the thread of the io_context.
/// `Member` unlinks itself in its destructor.
template <typename Member>
class Crowd {
 public:
  using Action = std::function<void(Member&)>;
  static constexpr std::size_t kInARow = 64;

  explicit Crowd(boost::asio::io_context& context) : context_(context) {}

  void add(Member& member) { members_.push_back(member); }
  [[nodiscard]] bool empty() const { return members_.empty() && ahead_.empty(); }

  /// Soon calls `action` once for each member, except for those that have ended by then. Actions
  /// are done in the order of the calls.
  void for_each(Action action) {
    actions_.push_back(std::move(action));
    if (actions_.size() == 1) begin();
  }

 private:
  using List = boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>>;

  void begin() {
    ahead_.splice(ahead_.end(), members_);
    go_on_later();
  }

  void go_on_later() {
    boost::asio::post(context_, [this] { go_on(); });
  }

  void go_on() {
    for (std::size_t i = 0; i < kInARow && !ahead_.empty(); ++i) {
      Member& member = ahead_.front();
      members_.splice(members_.end(), ahead_, ahead_.begin());
      actions_.front()(member);
    }
    if (!ahead_.empty()) return go_on_later();
    actions_.pop_front();
    if (!actions_.empty()) begin();
  }

  boost::asio::io_context& context_;
  List members_;
  List ahead_;  ///< members that the first action is still to be called for
  std::deque<Action> actions_;
};

}  // namespace picus::net
