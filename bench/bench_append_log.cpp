// What the disk gives. Prints one JSON object.
//
// bench_append_log clients FILE SECONDS RECORD_BYTES CLIENTS   group commit, each client waits for
// its own record bench_append_log bare FILE SECONDS RECORD_BYTES              one record, one
// fdatasync, in a loop

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "append_log.h"
#include "failure.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One thread stands for all clients: as many records are on their way as there are clients.
void run_clients(const std::string& path, double seconds, const std::string& record,
                 std::uint64_t clients) {
  std::atomic<std::uint64_t> durable = 0;
  std::uint64_t acknowledged = 0;
  double elapsed = 0;
  {
    bench::AppendLog log(path, [&durable](std::uint64_t records) {
      durable.store(records);
      durable.notify_one();
    });
    const auto start = Clock::now();
    for (std::uint64_t i = 0; i < clients; ++i) log.append(record);
    while ((elapsed = seconds_since(start)) < seconds) {
      durable.wait(acknowledged);
      const std::uint64_t now = durable.load();
      for (; acknowledged < now; ++acknowledged) log.append(record);
    }
  }
  std::printf("{\"rate\": %.1f}\n", static_cast<double>(acknowledged) / elapsed);
}

void run_bare(const std::string& path, double seconds, const std::string& record) {
  const int fd = bench::open_log(path);
  std::vector<double> latencies_us;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    const auto begin = Clock::now();
    bench::write_all(fd, record);
    if (::fdatasync(fd) != 0) bench::fail("fdatasync");
    latencies_us.push_back(seconds_since(begin) * 1e6);
  }
  ::close(fd);
  std::ranges::sort(latencies_us);
  const std::size_t count = latencies_us.size();
  std::printf("{\"p50_us\": %.1f, \"p99_us\": %.1f, \"rate\": %.1f}\n", latencies_us[count / 2],
              latencies_us[count * 99 / 100], static_cast<double>(count) / seconds);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const bool clients = mode == "clients" && argc == 6;
  if (!clients && !(mode == "bare" && argc == 5)) {
    std::fputs(
        "usage: bench_append_log clients FILE SECONDS RECORD_BYTES CLIENTS\n"
        "       bench_append_log bare FILE SECONDS RECORD_BYTES\n",
        stderr);
    return 2;
  }
  const double seconds = std::strtod(argv[3], nullptr);
  const std::string record(std::strtoul(argv[4], nullptr, 10), 'x');
  if (clients) {
    run_clients(argv[2], seconds, record, std::strtoul(argv[5], nullptr, 10));
  } else {
    run_bare(argv[2], seconds, record);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_append_log: %s\n", error.what());
  return 1;
}
