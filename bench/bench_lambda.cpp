#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "net/loopback_certificate.h"
#include "net/loopback_server.h"

// Starts a Lambda function on a Runtime API of its own, with a DynamoDB beside it that always gives
// the same item over TLS. Prints, as one JSON object: `next_us` and `first_us` from before the
// fork, `warm_us` of each further event without what DynamoDB took, `peak_kib`.
namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using picus::net::LoopbackCertificate;
using picus::net::LoopbackPeer;
using picus::net::LoopbackServer;

constexpr std::string_view kItem = R"({"Item":{"id":{"S":"k"},"n":{"N":"1"},"text":{"S":"text"}}})";
constexpr std::string_view kEvent =
    R"({"version":"2.0","routeKey":"$default","rawPath":"/picus/get/k","rawQueryString":"",)"
    R"("headers":{"host":"x.lambda-url.eu-west-1.on.aws"},"requestContext":{"domainName":)"
    R"("x.lambda-url.eu-west-1.on.aws","http":{"method":"GET","path":"/picus/get/k"},)"
    R"("stage":"$default"},"isBase64Encoded":false})";

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

/// What happened in one life of a function. Written by the servers' threads.
class Life {
 public:
  explicit Life(unsigned events) : events_(events) {}

  void serve_dynamodb(LoopbackPeer& peer) {
    while (!peer.read_request().empty()) {
      const auto asked = Clock::now();
      peer.answer(kItem, "200 OK\r\nContent-Type: application/x-amz-json-1.0");
      const std::scoped_lock lock(mutex_);
      in_dynamodb_ = Clock::now() - asked;
    }
  }

  void serve_runtime(LoopbackPeer& peer) {
    if (peer.read_request().empty()) return;
    next = Clock::now();
    for (unsigned event = 0; event <= events_; ++event) {
      const auto given = Clock::now();
      peer.answer(kEvent, "200 OK\r\nLambda-Runtime-Aws-Request-Id: id-" + std::to_string(event));
      note(peer.read_request(), given, event == 0);
      peer.answer("{}", "202 Accepted");
      if (peer.read_request().empty()) return;
    }
    {
      const std::scoped_lock lock(mutex_);
      done_ = true;
    }
    changed_.notify_one();
    peer.wait_for_end();
  }

  void wait() {
    constexpr std::chrono::seconds kPatience(60);
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return done_; })) {
      throw std::runtime_error("the function did not answer");
    }
    if (!wrong_.empty()) throw std::runtime_error("a wrong answer: " + wrong_);
  }

  Clock::time_point next;
  Clock::time_point first;
  std::vector<double> warm;

 private:
  void note(const std::string& request, Clock::time_point given, bool is_first) {
    const auto answered = Clock::now();
    const std::scoped_lock lock(mutex_);
    const bool right = request.starts_with("POST /2018-06-01/runtime/invocation/id-") &&
                       request.contains(R"("statusCode":200)") && request.contains(R"(\"text\")");
    if (!right) wrong_ = request.substr(0, 2000);
    if (is_first) {
      first = answered;
    } else {
      warm.push_back(microseconds(answered - given - in_dynamodb_));
    }
  }

  unsigned events_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Clock::duration in_dynamodb_{};  // under mutex_, as the rest
  bool done_ = false;
  std::string wrong_;
};

class Process {
 public:
  Process(unsigned cpu, const std::string& program, const std::vector<std::string>& environment) {
    std::vector<char*> variables;
    for (const std::string& text : environment)
      variables.push_back(const_cast<char*>(text.c_str()));
    variables.push_back(nullptr);
    std::array<char*, 2> arguments = {const_cast<char*>(program.c_str()), nullptr};
    pid_ = ::fork();
    if (pid_ == 0) become(cpu, arguments.data(), variables.data());
    if (pid_ < 0) throw std::runtime_error("fork");
  }
  ~Process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] double peak_kib() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stod(line.substr(6));
    }
    throw std::runtime_error("the function has ended");
  }

 private:
  [[noreturn]] static void become(unsigned cpu, char** arguments, char** variables) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    ::sched_setaffinity(0, sizeof cpus, &cpus);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDERR_FILENO);
    ::execve(arguments[0], arguments, variables);
    ::_exit(127);
  }

  pid_t pid_ = -1;
};

void print(const char* name, const std::vector<double>& values) {
  std::printf("\"%s\": [", name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::printf("%s%.1f", i == 0 ? "" : ", ", values[i]);
  }
  std::printf("]");
}

struct Options {
  unsigned cpu = 0;
  unsigned times = 10;
  unsigned events = 0;
  std::string program;
};

void run(const Options& options) {
  const LoopbackCertificate certificate;
  std::vector<double> next;
  std::vector<double> first;
  std::vector<double> warm;
  std::vector<double> peak;
  for (unsigned i = 0; i < options.times; ++i) {
    Life life(options.events);
    const LoopbackServer dynamodb([&](LoopbackPeer& peer) { life.serve_dynamodb(peer); },
                                  &certificate);
    const LoopbackServer runtime([&](LoopbackPeer& peer) { life.serve_runtime(peer); });
    const std::vector<std::string> environment = {
        "AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(runtime.port()),
        "AWS_REGION=eu-west-1",
        "AWS_ACCESS_KEY_ID=key",
        "AWS_SECRET_ACCESS_KEY=secret",
        "AWS_SESSION_TOKEN=token",
        "AWS_CA_BUNDLE=" + certificate.authority().string(),
        "PICUS_TABLE=items",
        "PICUS_ENDPOINT_URL=" + dynamodb.origin()};
    const auto begin = Clock::now();
    const Process process(options.cpu, options.program, environment);
    life.wait();
    next.push_back(microseconds(life.next - begin));
    first.push_back(microseconds(life.first - begin));
    warm.insert(warm.end(), life.warm.begin(), life.warm.end());
    peak.push_back(process.peak_kib());
  }
  std::printf("{");
  print("next_us", next);
  std::printf(", ");
  print("first_us", first);
  std::printf(", ");
  print("warm_us", warm);
  std::printf(", ");
  print("peak_kib", peak);
  std::printf("}\n");
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  bench::Options options;
  CLI::App app("Starts a Lambda function again and again");
  app.add_option("--cpu", options.cpu);
  app.add_option("--times", options.times);
  app.add_option("--events", options.events, "after the first one");
  app.add_option("program", options.program)->required();
  CLI11_PARSE(app, argc, argv);
  bench::run(options);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_lambda: %s\n", error.what());
  return 1;
}
