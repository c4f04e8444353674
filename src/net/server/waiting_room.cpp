#include "net/server/waiting_room.h"

namespace picus::net {

bool WaitingRoom::close_one(For last) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i) {
    if (lists_[i].empty()) continue;
    Seat& longest = lists_[i].front();
    longest.leave();
    longest.socket_.cut();
    return true;
  }
  return false;
}

}  // namespace picus::net
