#include "client_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>
#include <utility>

#include "failure.h"

namespace bench {

namespace {

/// The number after `prefix` in `text`, or 0.
std::size_t number_after(std::string_view text, std::string_view prefix) {
  std::size_t number = 0;
  const std::size_t at = text.find(prefix);
  if (at == std::string_view::npos) return 0;
  std::from_chars(text.data() + at + prefix.size(), text.data() + text.size(), number);
  return number;
}

}  // namespace

ClientSocket::ClientSocket(std::uint16_t port, std::size_t buffer_bytes)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), buffer_(buffer_bytes, '\0') {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0) fail("socket");
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)),
      ahead_(std::exchange(other.ahead_, {})) {}

ClientSocket::~ClientSocket() {
  if (fd_ >= 0) ::close(fd_);
}

void ClientSocket::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void ClientSocket::send_get(std::string_view target, bool ndjson) const {
  std::string request = "GET ";
  request += target;
  request += " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (ndjson) request += "Accept: application/x-ndjson\r\n";
  send(request + "\r\n");
}

std::size_t ClientSocket::receive(std::span<char> buffer) const {
  const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (n < 0) fail("recv");
  if (n == 0) throw std::runtime_error("the server closed the connection");
  return static_cast<std::size_t>(n);
}

Head ClientSocket::receive_head() {
  std::size_t filled = 0;
  for (;;) {
    filled += receive(std::span(buffer_).subspan(filled));
    const std::string_view received(buffer_.data(), filled);
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string_view::npos) continue;
    const std::string_view head = received.substr(0, end);
    ahead_ = received.substr(end + 4);
    return {.status = static_cast<unsigned>(number_after(head, "HTTP/1.1 ")),
            .chunked = head.find("\r\nTransfer-Encoding: chunked") != std::string_view::npos,
            .content_length = number_after(head, "\r\nContent-Length: ")};
  }
}

std::string_view ClientSocket::take() {
  if (!ahead_.empty()) return std::exchange(ahead_, {});
  return {buffer_.data(), receive(buffer_)};
}

std::string ClientSocket::receive_body(const Head& head) {
  std::string body;
  while (body.size() < head.content_length) body += take();
  return body;
}

}  // namespace bench
