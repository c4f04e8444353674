#include "store/testing/child_process.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace picus {
namespace {

constexpr char kTold = '!';

bool send(int socket, std::string_view bytes) {
  return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

bool receive(int socket) {
  char byte = 0;
  return ::recv(socket, &byte, 1, 0) == 1 && byte == kTold;
}

}  // namespace

void ChildProcess::Parent::tell() const {
  if (!send(socket_, {&kTold, 1})) ::_exit(EXIT_FAILURE);
}

void ChildProcess::Parent::wait() const {
  if (!receive(socket_)) ::_exit(EXIT_FAILURE);
}

ChildProcess::ChildProcess(const std::function<std::string(const Parent&)>& work) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    throw std::runtime_error("no socket");
  }
  std::fflush(nullptr);  // else what waits to be printed is printed twice
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("no process");
  const bool is_child = id_ == 0;
  ::close(sockets[is_child ? 0 : 1]);
  socket_ = sockets[is_child ? 1 : 0];
  if (!is_child) return;
  std::string result;
  try {
    result = work(Parent(socket_));
  } catch (const std::exception& error) {
    result = error.what();
  }
  send(socket_, result);
  ::_exit(EXIT_SUCCESS);
}

ChildProcess::~ChildProcess() {
  kill();
  ::close(socket_);
}

void ChildProcess::tell() const { send(socket_, {&kTold, 1}); }

bool ChildProcess::wait() const { return receive(socket_); }

std::string ChildProcess::result() {
  std::string result;
  std::array<char, 1024> buffer;
  for (;;) {
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    result.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::waitpid(std::exchange(id_, -1), nullptr, 0);
  return result;
}

void ChildProcess::kill() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(std::exchange(id_, -1), nullptr, 0);
}

}  // namespace picus
