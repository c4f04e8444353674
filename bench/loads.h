#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "items.h"

/// The kinds of load that wrk cannot make. Each prints its result as one JSON object on standard
/// output and throws std::runtime_error where the server's answer is not the right one.
namespace bench {

/// Which server, and which items it holds or gets.
struct Target {
  std::uint16_t port = 0;
  std::string path;
  std::uint64_t items = 0;
  std::size_t item_bytes = 512;
};

/// Reads the list as NDJSON and checks that every item comes exactly once, byte for byte.
/// `first_byte_us`, `seconds`, `bytes` (of the body, decoded).
void list_load(const Target& target);

/// One bulk put of all items on one connection; checks that every one was created. `seconds`,
/// `bytes`.
void bulk_load(const Target& target, Order order);

/// Opens the connections, does one request on each, prints `connections`, and keeps them until
/// standard input ends.
void idle_load(const Target& target, std::size_t connections);

/// Starts `command` on core `cpu`, waits for its line `listening on http://…:PORT`, and gets /livez
/// and `path` from it; ends it with SIGTERM; all of that `times` times. `first_answer_us`,
/// `get_us`: lists, from before the fork to the end of the answer.
void start_load(const std::string& path, unsigned cpu, unsigned times,
                const std::vector<std::string>& command);

/// How often the request in `file`, head and body, is sent, over how many connections at most.
struct PacedRequests {
  std::string file;
  double rate = 1000;  ///< requests a second
  double seconds = 1;
  std::size_t connections = 64;
  std::vector<std::string> statuses = {"200"};  ///< of right answers
};

/// Sends requests at a given rate, whether or not those before were answered; each answer has to
/// have one of the statuses. `p50_us`, `p99_us`: from when a request was due; `usual_p99_us`: the
/// third quartile of the 99th percentiles of each 100 ms; `requests`.
void paced_load(const Target& target, const PacedRequests& requests);

/// Writes the items as NDJSON into a file.
void write_items(const Target& target, const std::string& file);

}  // namespace bench
