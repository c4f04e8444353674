#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "client_socket.h"
#include "loads.h"

namespace bench {

void bulk_load(const Target& target, Order order) {
  const Items items(target.item_bytes);
  const std::uint64_t bytes = target.items * (target.item_bytes + 1);
  ClientSocket socket(target.port);
  const auto start = std::chrono::steady_clock::now();
  socket.send(
      "POST " + target.path +
      " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
      std::to_string(bytes) + "\r\n\r\n");
  each_piece(items, Sequence(target.items, order), target.items,
             [&socket](std::string_view piece) { socket.send(piece); });
  const Head head = socket.receive_head();
  const std::string body = socket.receive_body(head);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const std::string created = "\"created\":" + std::to_string(target.items) + ",";
  if (head.status != 200 || body.find(created) == std::string::npos) {
    throw std::runtime_error("status " + std::to_string(head.status) + ": " + body);
  }
  std::printf("{\"seconds\": %.6f, \"bytes\": %llu}\n", elapsed.count(),
              static_cast<unsigned long long>(bytes));
}

}  // namespace bench
