#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>

#include "net/socket.h"

namespace picus::net {

/// The connections of one thread that wait for their clients, in the order in which they began to
/// wait. When the limit of connections is reached, the one that has waited longest is closed. For
/// one thread.
class WaitingRoom {
 public:
  /// What a connection waits for, in the order in which connections are closed.
  enum class For : std::uint8_t {
    end,        ///< the end of the connection, after its last response
    handshake,  ///< the rest of a TLS handshake
    head,       ///< the head of its first request, or the rest of a head
    request,    ///< the next request
    body,       ///< the rest of a body
  };

  /// The place of a connection. Its destructor leaves the waiting room.
  class Seat : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// `socket` outlives it.
    explicit Seat(Socket& socket) : socket_(socket) {}
    void leave() {
      if (is_linked()) unlink();
    }

   private:
    friend class WaitingRoom;
    Socket& socket_;
  };

  /// From now on the connection may be closed at any time, with Socket::cut().
  void enter(Seat& seat, For what) { lists_[static_cast<std::size_t>(what)].push_back(seat); }

  /// Closes the connection that has waited longest, among those that wait for `first` to `last` and
  /// whose client has sent nothing meanwhile. False: there is none.
  bool close_one(For first, For last);
  /// How many wait for this.
  [[nodiscard]] std::size_t count(For what) const {
    return lists_[static_cast<std::size_t>(what)].size();
  }

 private:
  using List = boost::intrusive::list<Seat, boost::intrusive::constant_time_size<false>>;

  std::array<List, 5> lists_;
};

}  // namespace picus::net
