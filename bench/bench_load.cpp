#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "loads.h"

namespace bench {

void write_items(const Target& target, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  each_piece(Items(target.item_bytes), Sequence(target.items, Order::ascending), target.items,
             [&out](std::string_view piece) { out << piece; });
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

}  // namespace bench

namespace {

/// What the command line says; the subcommands fill it.
struct Options {
  bench::Target target;
  bool shuffled = false;
  std::size_t connections = 10'000;
  bench::PacedRequests paced;
  unsigned cpu = 0;
  unsigned times = 20;
  std::string file;
  std::vector<std::string> command;
};

CLI::App* add(CLI::App& app, Options& options, const std::string& name,
              const std::string& description) {
  CLI::App* const load = app.add_subcommand(name, description);
  load->add_option("--port", options.target.port);
  load->add_option("--path", options.target.path);
  load->add_option("--items", options.target.items);
  load->add_option("--item-bytes", options.target.item_bytes);
  return load;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("The loads that wrk cannot make");
  app.require_subcommand(1);
  add(app, options, "list", "Read the list")->callback([&] { bench::list_load(options.target); });
  CLI::App* const bulk = add(app, options, "bulk", "Put all items at once");
  bulk->add_flag("--shuffled", options.shuffled, "ids far from each other instead of ascending");
  bulk->callback([&] {
    bench::bulk_load(options.target,
                     options.shuffled ? bench::Order::shuffled : bench::Order::ascending);
  });
  CLI::App* const idle = add(app, options, "idle", "Hold idle connections");
  idle->add_option("--connections", options.connections);
  idle->callback([&] { bench::idle_load(options.target, options.connections); });
  CLI::App* const start = add(app, options, "start", "Start a server again and again");
  start->add_option("--cpu", options.cpu);
  start->add_option("--times", options.times);
  start->add_option("command", options.command)->required();
  start->callback(
      [&] { bench::start_load(options.target.path, options.cpu, options.times, options.command); });
  CLI::App* const pace = add(app, options, "pace", "Send a request at a given rate");
  pace->add_option("--rate", options.paced.rate);
  pace->add_option("--seconds", options.paced.seconds);
  pace->add_option("--connections", options.paced.connections);
  pace->add_option("--status", options.paced.statuses)->delimiter(',');
  pace->add_option("file", options.paced.file)->required();
  pace->callback([&] { bench::paced_load(options.target, options.paced); });
  CLI::App* const items = add(app, options, "items", "Write the items into a file");
  items->add_option("file", options.file)->required();
  items->callback([&] { bench::write_items(options.target, options.file); });
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_load: %s\n", error.what());
  return 1;
}
