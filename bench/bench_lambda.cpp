#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "net/testing/loopback_certificate.h"
#include "net/testing/loopback_server.h"
#include "table.h"

// Starts a Lambda function on a Runtime API of its own, with a DynamoDB beside it that finds and
// deletes whatever it is told to, over TLS. Each event is a load balancer's request to delete an
// item. Prints, as one JSON object: `next_us` and `first_us` from before the fork, `warm_us` of
// each further event without what DynamoDB took, `peak_kib`.
namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using picus::net::LoopbackCertificate;
using picus::net::LoopbackPeer;
using picus::net::LoopbackServer;

constexpr std::size_t kItemBytes = 1024;
constexpr std::string_view kEvent =
    R"({"requestContext":{"elb":{"targetGroupArn":"arn:aws:elasticloadbalancing:eu-west-1:)"
    R"(111122223333:targetgroup/items/6d0ecf831eec9f09"}},"httpMethod":"DELETE",)"
    R"("path":"/picus/item-00000000","queryStringParameters":{},"headers":{"accept":"*/*","host":)"
    R"("items.example.com","user-agent":"bench","x-amzn-trace-id":)"
    R"("Root=1-5c536348-3d683b8b04734faae651f476","x-forwarded-for":"192.0.2.1",)"
    R"("x-forwarded-port":"443","x-forwarded-proto":"https"},"body":"","isBase64Encoded":false})";

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

std::string event_head(unsigned event) {
  constexpr std::chrono::seconds kTimeout(60);
  const auto deadline = (std::chrono::system_clock::now() + kTimeout).time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(deadline).count();
  return "200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Deadline-Ms: " +
         std::to_string(ms) +
         "\r\nLambda-Runtime-Invoked-Function-Arn: "
         "arn:aws:lambda:eu-west-1:111122223333:function:delete"
         "\r\nLambda-Runtime-Aws-Request-Id: id-" +
         std::to_string(event);
}

/// What happened in one life of a function. Written by the servers' threads.
class Life {
 public:
  explicit Life(unsigned events) : events_(events) {}

  void serve_dynamodb(LoopbackPeer& peer) {
    Table table(1, kItemBytes, true);
    for (std::string request; !(request = peer.read_request()).empty();) {
      const auto asked = Clock::now();
      peer.say(table.answer(request.contains("_20120810.GetItem") ? "GetItem" : "DeleteItem", ""));
      const std::scoped_lock lock(mutex_);
      in_dynamodb_ += Clock::now() - asked;
    }
  }

  void serve_runtime(LoopbackPeer& peer) {
    if (peer.read_request().empty()) return;
    next = Clock::now();
    for (unsigned event = 0; event <= events_; ++event) {
      const auto given = Clock::now();
      peer.answer(kEvent, event_head(event));
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
                       request.contains(R"(\"deleted\":true)");
    if (!right) wrong_ = request.substr(0, 2000);
    if (is_first) {
      first = answered;
    } else {
      warm.push_back(microseconds(answered - given - in_dynamodb_));
    }
    in_dynamodb_ = {};
  }

  unsigned events_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Clock::duration in_dynamodb_{};  // of this event; under mutex_, as the rest
  bool done_ = false;
  std::string wrong_;
};

/// Pointers to the texts, as the kernel wants them. The texts outlive them.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

class Process {
 public:
  Process(unsigned cpu, const std::vector<std::string>& command,
          const std::vector<std::string>& environment)
      : pid_(start(cpu, command, environment)) {}
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
  static pid_t start(unsigned cpu, const std::vector<std::string>& command,
                     const std::vector<std::string>& environment) {
    const std::vector<char*> arguments = pointers_to(command);
    const std::vector<char*> variables = pointers_to(environment);
    const pid_t pid = ::fork();
    if (pid == 0) become(cpu, arguments.data(), variables.data());
    if (pid < 0) throw std::runtime_error("fork");
    return pid;
  }

  [[noreturn]] static void become(unsigned cpu, char* const* arguments, char* const* variables) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    ::sched_setaffinity(0, sizeof cpus, &cpus);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
    ::execvpe(arguments[0], arguments, variables);
    ::_exit(127);
  }

  pid_t pid_;
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
  std::vector<std::string> command;
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
        "AWS_DEFAULT_REGION=eu-west-1",
        "AWS_LAMBDA_FUNCTION_NAME=delete",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
        "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
        "AWS_ACCESS_KEY_ID=key",
        "AWS_SECRET_ACCESS_KEY=secret",
        "AWS_SESSION_TOKEN=token",
        "AWS_CA_BUNDLE=" + certificate.authority().string(),
        "NODE_EXTRA_CA_CERTS=" + certificate.authority().string(),
        "PICUS_TABLE=items",
        "TABLE=items",
        "AWS_ENDPOINT_URL_DYNAMODB=" + dynamodb.origin()};
    const auto begin = Clock::now();
    const Process process(options.cpu, options.command, environment);
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
  app.add_option("command", options.command)->required();
  CLI11_PARSE(app, argc, argv);
  bench::run(options);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_lambda: %s\n", error.what());
  return 1;
}
