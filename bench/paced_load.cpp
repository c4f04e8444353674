#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "client_socket.h"
#include "failure.h"
#include "listener.h"
#include "loads.h"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

std::string read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) fail(name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// How many bytes the answer takes that `received` begins with; 0: its head is not there yet.
std::size_t answer_bytes(std::string_view received, const std::vector<std::string>& statuses) {
  constexpr std::size_t kStatusAt = std::string_view("HTTP/1.1 ").size();
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (std::ranges::find(statuses, received.substr(kStatusAt, 3)) == statuses.end()) {
    throw std::runtime_error("answered with " + std::string(received.substr(0, end)));
  }
  const std::size_t at = received.substr(0, end).find(kLength);
  if (at == std::string_view::npos) throw std::runtime_error("a response without a length");
  std::size_t body = 0;
  std::from_chars(received.data() + at + kLength.size(), received.data() + end, body);
  return end + 4 + body;
}

struct Connection {
  ClientSocket socket;
  std::string received;
  Clock::time_point due;
};

/// Requests that are due at even distances, each sent on a connection that has none in flight.
class Pace {
 public:
  Pace(const Target& target, const PacedRequests& requests)
      : request_(read_file(requests.file)),
        statuses_(requests.statuses),
        interval_(std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(1.0 / requests.rate))),
        epoll_(::epoll_create1(0)) {
    // The kernel lets a sleeping thread oversleep by 50 µs unless told.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    connections_.reserve(requests.connections);
    for (std::size_t i = 0; i < requests.connections; ++i) {
      connections_.push_back({.socket = ClientSocket(target.port, 0), .received = {}, .due = {}});
      watch(epoll_, connections_[i].socket.descriptor(), i);
      idle_.push_back(i);
    }
  }

  /// From when each request was due to the end of its answer, in µs: those that were due in the
  /// first kSlice, in the second, ….
  std::vector<std::vector<double>> run(std::chrono::duration<double> time) {
    auto due = Clock::now();
    begin_ = due;
    const auto end = due + std::chrono::duration_cast<Clock::duration>(time);
    while (due < end || idle_.size() < connections_.size()) {
      for (; due <= Clock::now() && due < end; due += interval_) waiting_.push_back(due);
      while (!waiting_.empty() && !idle_.empty()) send_next();
      wait_until(due < end && waiting_.empty() ? due : end + kPatience);
    }
    return std::move(latencies_);
  }

 private:
  static constexpr std::chrono::seconds kPatience{10};
  static constexpr std::chrono::milliseconds kSlice{100};

  void send_next() {
    // The one that was used last: the others stay cold, as those of a pool do.
    Connection& connection = connections_[idle_.back()];
    idle_.pop_back();
    connection.due = waiting_.front();
    waiting_.pop_front();
    connection.socket.send(request_);
  }

  void wait_until(Clock::time_point time) {
    const auto left = std::max(time - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec patience{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    std::array<epoll_event, 64> events;
    const int count = ::epoll_pwait2(epoll_, events.data(), int{events.size()}, &patience, nullptr);
    if (count < 0) fail("epoll_pwait2");
    if (count == 0 && left >= kPatience) throw std::runtime_error("no answer");
    for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
  }

  void receive(std::size_t number) {
    Connection& connection = connections_[number];
    const std::size_t bytes = connection.socket.receive(input_);
    connection.received.append(input_.data(), bytes);
    const std::size_t whole = answer_bytes(connection.received, statuses_);
    if (whole == 0 || connection.received.size() < whole) return;
    const auto took = Clock::now() - connection.due;
    const auto slice = static_cast<std::size_t>((connection.due - begin_) / kSlice);
    if (latencies_.size() <= slice) latencies_.resize(slice + 1);
    latencies_[slice].push_back(std::chrono::duration<double, std::micro>(took).count());
    connection.received.clear();
    idle_.push_back(number);
  }

  std::string request_;
  std::vector<std::string> statuses_;
  Clock::duration interval_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  std::deque<Clock::time_point> waiting_;
  std::array<char, 65536> input_{};
  Clock::time_point begin_;
  std::vector<std::vector<double>> latencies_;
};

/// `values` are not empty; sorts them.
double percentile(std::vector<double>& values, double part) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

}  // namespace

void paced_load(const Target& target, const PacedRequests& requests) {
  Pace pace(target, requests);
  std::vector<double> all;
  std::vector<double> p99_of_slices;
  for (auto& slice : pace.run(std::chrono::duration<double>(requests.seconds))) {
    if (slice.empty()) continue;
    all.insert(all.end(), slice.begin(), slice.end());
    p99_of_slices.push_back(percentile(slice, 0.99));
  }
  if (all.empty()) throw std::runtime_error("no request was sent");
  std::printf("{\"p50_us\": %.1f, \"p99_us\": %.1f, \"usual_p99_us\": %.1f, \"requests\": %zu}\n",
              percentile(all, 0.5), percentile(all, 0.99), percentile(p99_of_slices, 0.75),
              all.size());
}

}  // namespace bench
