#include "net/testing/loopback_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace picus::net {

namespace {

constexpr std::size_t kReadBytes = 4096;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::uint16_t bind_to_free_port(int socket) {
  if (socket < 0) throw std::runtime_error("no socket");
  sockaddr_in address = loopback(0);
  socklen_t bytes = sizeof address;
  ::bind(socket, std::bit_cast<const sockaddr*>(&address), bytes);
  ::getsockname(socket, std::bit_cast<sockaddr*>(&address), &bytes);
  return ntohs(address.sin_port);
}

std::size_t body_bytes(std::string_view head) {
  constexpr std::string_view kName = "\r\ncontent-length: ";
  constexpr auto kLower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; };
  const std::string_view found(std::ranges::search(head, kName, {}, kLower));
  std::size_t bytes = 0;
  if (!found.empty()) {
    std::from_chars(found.data() + kName.size(), head.data() + head.size(), bytes);
  }
  return bytes;
}

}  // namespace

LoopbackPeer::LoopbackPeer(int socket, std::size_t number, const LoopbackCertificate* certificate)
    : socket_(socket), number_(number) {
  if (certificate == nullptr) return;
  tls_.reset(SSL_new(certificate->server_context()));
  SSL_set_fd(tls_.get(), socket);
  SSL_accept(tls_.get());
}

LoopbackPeer::~LoopbackPeer() = default;

std::size_t LoopbackPeer::receive(char* space, std::size_t bytes) {
  if (tls_) {
    std::size_t read = 0;
    return SSL_read_ex(tls_.get(), space, bytes, &read) == 1 ? read : 0;
  }
  const auto received = ::recv(socket_, space, bytes, 0);
  return received > 0 ? static_cast<std::size_t>(received) : 0;
}

std::string LoopbackPeer::take_request() {
  constexpr std::string_view kEndOfHead = "\r\n\r\n";
  const std::size_t end = read_ahead_.find(kEndOfHead);
  if (end == std::string::npos) return {};
  const std::size_t bytes = end + kEndOfHead.size() + body_bytes(read_ahead_.substr(0, end));
  if (read_ahead_.size() < bytes) return {};
  std::string request = read_ahead_.substr(0, bytes);
  read_ahead_.erase(0, bytes);
  return request;
}

std::string LoopbackPeer::read_request() {
  while (true) {
    std::string request = take_request();
    if (!request.empty()) return request;
    const std::string piece = read_some();
    if (piece.empty()) return {};
    read_ahead_ += piece;
  }
}

std::string LoopbackPeer::read_some() {
  std::string text(kReadBytes, '\0');
  text.resize(receive(text.data(), text.size()));
  return text;
}

void LoopbackPeer::say(std::string_view text) {
  if (tls_) {
    std::size_t written = 0;
    SSL_write_ex(tls_.get(), text.data(), text.size(), &written);
    return;
  }
  while (!text.empty()) {
    const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void LoopbackPeer::answer(std::string_view body, std::string_view status_and_headers) {
  std::string text = "HTTP/1.1 ";
  text.append(status_and_headers).append("\r\nContent-Length: ");
  text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  say(text);
}

void LoopbackPeer::answer_all(std::string_view body) {
  while (!read_request().empty()) answer(body);
}

void LoopbackPeer::wait_for_end() {
  std::array<char, kReadBytes> piece{};
  while (receive(piece.data(), piece.size()) > 0) continue;
}

void LoopbackPeer::close() {
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(socket_, SHUT_RDWR);
}

void LoopbackPeer::reset() const {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  // Disconnecting (connect(2)) sends the reset and leaves the descriptor to its owner.
  sockaddr_in nobody{};
  nobody.sin_family = AF_UNSPEC;
  ::connect(socket_, std::bit_cast<const sockaddr*>(&nobody), sizeof nobody);
}

bool LoopbackPeer::resumed() const { return tls_ && SSL_session_reused(tls_.get()) == 1; }

LoopbackServer::LoopbackServer(Talk talk, const LoopbackCertificate* certificate)
    : talk_(std::move(talk)),
      certificate_(certificate),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      port_(bind_to_free_port(listener_.number())) {
  ::listen(listener_.number(), SOMAXCONN);
  accepting_ = std::thread([this] { accept(); });
}

LoopbackServer::~LoopbackServer() {
  ::shutdown(listener_.number(), SHUT_RDWR);
  accepting_.join();
  for (const FileDescriptor& socket : sockets_) ::shutdown(socket.number(), SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
}

void LoopbackServer::accept() {
  sigset_t broken_pipe;  // OpenSSL's writes raise it; the threads for connections inherit this
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  while (true) {
    FileDescriptor accepted(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) return;
    const int socket = accepted.number();
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::size_t number = 0;
    {
      const std::scoped_lock lock(mutex_);
      number = sockets_.size();
      sockets_.push_back(std::move(accepted));
    }
    threads_.emplace_back([this, socket, number] {
      LoopbackPeer peer(socket, number, certificate_);
      talk_(peer);
      // A talk that is over is over for the client too.
      ::shutdown(socket, SHUT_RDWR);
    });
  }
}

std::string LoopbackServer::origin(std::string_view host) const {
  return (certificate_ == nullptr ? "http://" : "https://") + std::string(host) + ":" +
         std::to_string(port_);
}

std::size_t LoopbackServer::connections() const {
  const std::scoped_lock lock(mutex_);
  return sockets_.size();
}

std::uint16_t free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return bind_to_free_port(socket.number());
}

}  // namespace picus::net
