#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>

#include "net/wire.h"

namespace picus::net {

/// Connections of one thread that wait for their clients, in the order in which they began to.
/// Where there is no room for another connection, the one that has waited the longest is closed.
/// For one thread.
class WaitingRoom {
 public:
  /// What a connection waits for; the first are the first to go.
  enum class For : std::uint8_t {
    head,     ///< of its first request, or the rest of a head
    request,  ///< the next one
    body,     ///< more of it
  };

  /// A connection's place. It is left when it is destroyed.
  class Seat : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// `wire` outlives it.
    explicit Seat(Wire& wire) : wire_(wire) {}
    void leave() {
      if (is_linked()) unlink();
    }

   private:
    friend class WaitingRoom;
    Wire& wire_;
  };

  /// From now on the connection may be closed at any time: its wire is cut.
  void enter(Seat& seat, For what) { lists_[static_cast<std::size_t>(what)].push_back(seat); }

  /// Closes the connection that has waited the longest for a client, of those that wait for `last`
  /// or for what goes before it. False: none does.
  bool close_one(For last);

 private:
  using List = boost::intrusive::list<Seat, boost::intrusive::constant_time_size<false>>;

  std::array<List, 3> lists_;
};

}  // namespace picus::net
