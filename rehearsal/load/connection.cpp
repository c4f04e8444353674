#include "connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

namespace rehearsal {

namespace {

constexpr time_t kPatienceSeconds = 30;
constexpr std::string_view kLineEnd = "\r\n";

[[noreturn]] void lost(const std::string& what) {
  throw LostAnswer(what + ": " + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
}

/// What follows `prefix` in this line, whatever the case of the header's name.
std::optional<std::string> value_of(std::string_view line, std::string_view prefix) {
  const auto same = [](char one, char other) {
    return std::tolower(static_cast<unsigned char>(one)) ==
           std::tolower(static_cast<unsigned char>(other));
  };
  const std::string_view begin = line.substr(0, prefix.size());
  if (!std::equal(begin.begin(), begin.end(), prefix.begin(), prefix.end(), same)) return {};
  return std::string(line.substr(prefix.size()));
}

std::size_t number_of(std::string_view text, int base) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw LostAnswer("not a number: " + std::string(text));
  }
  return number;
}

/// `</picus/list?…>; rel="next"` without what is around it.
std::string link_target(std::string_view link) {
  const std::size_t end = link.find('>');
  if (!link.starts_with('<') || end == std::string_view::npos) return {};
  return std::string(link.substr(1, end - 1));
}

struct Framing {
  std::size_t length = 0;
  bool chunked = false;
};

void read_header(std::string_view line, Answer& answer, Framing& framing) {
  if (auto length = value_of(line, "content-length: ")) framing.length = number_of(*length, 10);
  if (value_of(line, "transfer-encoding: chunked")) framing.chunked = true;
  if (value_of(line, "connection: close")) answer.closes = true;
  if (value_of(line, "idempotency-replayed: true")) answer.replayed = true;
  if (value_of(line, "retry-after: ")) answer.retry_after = true;
  if (auto etag = value_of(line, "etag: ")) answer.etag = *std::move(etag);
  if (auto target = value_of(line, "x-target: ")) answer.target = *std::move(target);
  if (auto link = value_of(line, "link: ")) answer.next = link_target(*link);
}

}  // namespace

void Connection::connect() {
  ++connects_;
  buffer_.clear();
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) lost("socket");
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) lost("connect");
}

void Connection::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Connection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) lost("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Connection::receive() {
  std::array<char, 16UZ * 1024> piece;
  const ssize_t n = ::recv(fd_, piece.data(), piece.size(), 0);
  if (n < 0) lost("recv");
  if (n == 0) throw LostAnswer("closed with " + std::to_string(buffer_.size()) + " bytes to read");
  buffer_.append(piece.data(), static_cast<std::size_t>(n));
}

std::string Connection::take(std::size_t bytes) {
  while (buffer_.size() < bytes) receive();
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

std::string Connection::take_line() {
  std::size_t end = 0;
  while ((end = buffer_.find(kLineEnd)) == std::string::npos) receive();
  std::string line = take(end);
  take(kLineEnd.size());
  return line;
}

std::string Connection::take_chunks() {
  std::string body;
  for (;;) {
    const std::size_t bytes = number_of(take_line(), 16);
    body += take(bytes);
    take(kLineEnd.size());
    if (bytes == 0) return body;
  }
}

Answer Connection::exchange(std::string_view request) try {
  if (fd_ < 0) connect();
  send(request);
  Answer answer;
  Framing framing;
  const std::string status_line = take_line();
  const auto status = value_of(status_line, "HTTP/1.1 ");
  if (!status) throw LostAnswer("no answer: " + status_line);
  answer.status = static_cast<unsigned>(number_of(status->substr(0, 3), 10));
  for (std::string line; !(line = take_line()).empty();) read_header(line, answer, framing);
  if (framing.chunked) {
    answer.body = take_chunks();
  } else if (answer.status != 304) {
    answer.body = take(framing.length);
  }
  if (answer.closes) close();
  return answer;
} catch (const LostAnswer&) {
  close();
  throw;
}

}  // namespace rehearsal
