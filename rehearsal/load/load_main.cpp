// The rehearsal's clients: constant load on one port until standard input ends, then a look at
// everything that was written. Standard output has a line of JSON each quarter of a second, and one
// with `acknowledged` at the end.

#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client.h"

namespace {

using rehearsal::Client;
using rehearsal::Records;

struct Options {
  std::uint16_t port = 0;
  unsigned clients = 24;
  unsigned fresh = 2;
  unsigned rate = 0;
  std::string records;
  std::string name;
  std::string token;
};

constexpr int kTellMilliseconds = 250;

void tell(const Records& records) {
  std::cout << R"({"requests":)" << records.requests() << R"(,"failed":)" << records.failed() << "}"
            << std::endl;  // NOLINT(performance-avoid-endl): somebody waits for the line
}

/// Until standard input ends.
void tell_until_the_end(const Records& records) {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  std::array<char, 64> dropped;
  for (;;) {
    const int ready = ::poll(&input, 1, kTellMilliseconds);
    tell(records);
    if (ready > 0 && ::read(STDIN_FILENO, dropped.data(), dropped.size()) <= 0) return;
  }
}

std::vector<std::unique_ptr<Client>> make_clients(const Options& options, Records& records) {
  std::chrono::microseconds pause{};
  if (options.rate > 0)
    pause = std::chrono::microseconds(1'000'000) * options.clients / options.rate;
  std::vector<std::unique_ptr<Client>> clients;
  clients.reserve(options.clients);
  for (unsigned n = 0; n < options.clients; ++n) {
    clients.push_back(std::make_unique<Client>(options.name, n, options.port, pause,
                                               n >= options.fresh, options.token, records));
  }
  return clients;
}

using Clients = std::vector<std::unique_ptr<Client>>;

void work(const Clients& clients, const Records& records) {
  std::vector<std::jthread> threads;
  threads.reserve(clients.size());
  for (const auto& client : clients) {
    threads.emplace_back([&client](const std::stop_token& stop) { client->work(stop); });
  }
  tell_until_the_end(records);
}

/// How many items are not as they were left.
std::uint64_t read_back(const Clients& clients) {
  std::atomic<std::uint64_t> lost = 0;
  std::vector<std::jthread> threads;
  threads.reserve(clients.size());
  for (const auto& client : clients) {
    threads.emplace_back([&client, &lost] { lost += client->read_back(); });
  }
  threads.clear();
  return lost;
}

void run(const Options& options) {
  Records records(options.records);
  const Clients clients = make_clients(options, records);
  work(clients, records);
  const std::uint64_t lost = read_back(clients);
  records.flush();
  std::uint64_t acknowledged = 0;
  std::uint64_t reconnects = 0;
  for (unsigned n = 0; n < options.clients; ++n) {
    acknowledged += clients[n]->acknowledged();
    if (n >= options.fresh) reconnects += clients[n]->connects() - 1;
  }
  std::cout << R"({"requests":)" << records.requests() << R"(,"failed":)" << records.failed()
            << R"(,"acknowledged":)" << acknowledged << R"(,"lost":)" << lost << R"(,"reconnects":)"
            << reconnects << "}\n";
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app("Constant load of reads and writes, each answer checked");
  app.add_option("--port", options.port)->required();
  app.add_option("--records", options.records, "the file of all requests")->required();
  app.add_option("--name", options.name, "what keys begin with, and the seed; one for each load")
      ->required();
  app.add_option("--clients", options.clients);
  app.add_option("--fresh", options.fresh, "of those: with a new connection for each request");
  app.add_option("--rate", options.rate, "requests a second of all together; 0: as it goes");
  app.add_option("--token", options.token, "an API token")->envname("PICUS_TOKEN");
  CLI11_PARSE(app, argc, argv);
  run(options);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "rehearsal_load: " << error.what() << '\n';
  return 1;
}
