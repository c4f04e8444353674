#include <cstdio>
#include <stdexcept>

#include "client_socket.h"
#include "loads.h"

namespace bench {

void idle_load(const Target& target, std::size_t connections) {
  std::vector<ClientSocket> sockets;
  sockets.reserve(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    ClientSocket& socket = sockets.emplace_back(target.port, 4096);
    socket.send_get(target.path);
    const Head head = socket.receive_head();
    if (head.status != 200) throw std::runtime_error("status " + std::to_string(head.status));
    socket.receive_body(head);
  }
  std::printf("{\"connections\": %zu}\n", sockets.size());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace bench
