#pragma once

#include <cstdint>
#include <string_view>

/// The sockets of the rival servers. A system call that fails throws std::system_error.
namespace bench {

/// A non-blocking socket that listens on a free port of 127.0.0.1.
/// Tells it as Picus does, with one line on standard output: `listening on http://127.0.0.1:PORT`.
int listen_on_loopback();

/// Takes one connection, non-blocking and without Nagle's delay; -1 when none waits.
int accept_connection(int listener);

/// Adds `fd` to the epoll instance for reading; `tag` comes back with its events.
void watch(int epoll, int fd, std::uint64_t tag);

/// Sends all of `bytes`, waiting where the socket's buffer is full; false: the connection is gone.
bool send_all(int fd, std::string_view bytes);

}  // namespace bench
