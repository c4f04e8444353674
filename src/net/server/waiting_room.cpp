#include "net/server/waiting_room.h"

namespace picus::net {

bool WaitingRoom::close_one(For first, For last) {
  for (auto what = static_cast<std::size_t>(first); what <= static_cast<std::size_t>(last);
       ++what) {
    while (!lists_[what].empty()) {
      Seat& longest = lists_[what].front();
      longest.leave();
      // A request that is here, or a part of it, counts: the thread has not come to it yet.
      if (static_cast<For>(what) != For::end && longest.socket_.has_input()) continue;
      longest.socket_.cut();
      return true;
    }
  }
  return false;
}

}  // namespace picus::net
