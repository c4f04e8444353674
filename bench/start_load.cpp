#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "client_socket.h"
#include "loads.h"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

/// A started server; SIGTERM when it goes out of scope.
class Process {
 public:
  Process(unsigned cpu, const std::vector<std::string>& command) {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) become(cpu, ends[1], arguments.data());
    ::close(ends[1]);
    output_ = ends[0];
    if (pid_ < 0) throw std::runtime_error("fork");
  }

  ~Process() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::close(output_);
  }

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// The port of the line `listening on http://…:PORT`.
  [[nodiscard]] std::uint16_t port() const {
    std::string line;
    for (char c = 0; ::read(output_, &c, 1) == 1 && c != '\n';) line += c;
    std::uint16_t port = 0;
    const std::size_t colon = line.rfind(':');
    if (colon != std::string::npos) {
      std::from_chars(line.data() + colon + 1, line.data() + line.size(), port);
    }
    if (port == 0) throw std::runtime_error("the server did not say where it listens: " + line);
    return port;
  }

 private:
  [[noreturn]] static void become(unsigned cpu, int output, char** arguments) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    ::sched_setaffinity(0, sizeof cpus, &cpus);
    ::dup2(output, STDOUT_FILENO);
    ::execv(arguments[0], arguments);
    ::_exit(127);
  }

  pid_t pid_ = -1;
  int output_ = -1;
};

void get(ClientSocket& socket, const std::string& path) {
  socket.send_get(path);
  const Head head = socket.receive_head();
  if (head.status != 200)
    throw std::runtime_error(path + ": status " + std::to_string(head.status));
  socket.receive_body(head);
}

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

void print(const char* name, const std::vector<double>& values) {
  std::printf("\"%s\": [", name);
  for (std::size_t i = 0; i < values.size(); ++i)
    std::printf("%s%.1f", i == 0 ? "" : ", ", values[i]);
  std::printf("]");
}

}  // namespace

void start_load(const std::string& path, unsigned cpu, unsigned times,
                const std::vector<std::string>& command) {
  std::vector<double> first_answers;
  std::vector<double> gets;
  for (unsigned i = 0; i < times; ++i) {
    const auto start = Clock::now();
    const Process process(cpu, command);
    ClientSocket socket(process.port());
    get(socket, "/livez");
    first_answers.push_back(microseconds_since(start));
    get(socket, path);
    gets.push_back(microseconds_since(start));
  }
  std::printf("{");
  print("first_answer_us", first_answers);
  std::printf(", ");
  print("get_us", gets);
  std::printf("}\n");
}

}  // namespace bench
