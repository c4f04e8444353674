#include "aws/testing/loopback_service.h"

#include <sys/socket.h>

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace picus::aws {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// The next request; nothing of it where the client goes away.
Asked read_request(asio::ip::tcp::socket& socket, std::string& buffer, error_code& error) {
  Asked asked;
  const std::size_t head =
      asio::read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n", error);
  if (error) return asked;
  asked.head = buffer.substr(0, head);
  buffer.erase(0, head);
  const std::size_t space = asked.head.find(' ');
  asked.method = asked.head.substr(0, space);
  asked.target = asked.head.substr(space + 1, asked.head.find(' ', space + 1) - space - 1);
  const std::string length = asked.header("Content-Length");
  const std::size_t bytes = length.empty() ? 0 : std::stoul(length);
  if (buffer.size() < bytes) {
    asio::read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(bytes - buffer.size()),
               error);
  }
  asked.body = buffer.substr(0, bytes);
  buffer.erase(0, bytes);
  return asked;
}

}  // namespace

std::string Asked::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  return head.substr(at + start.size(), head.find("\r\n", at + 2) - at - start.size());
}

std::string answer(unsigned status, std::string_view body, std::string_view content_type) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Said\r\n";
  if (!content_type.empty()) text.append("Content-Type: ").append(content_type).append("\r\n");
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

LoopbackService::LoopbackService(Answer answer)
    : answer_(std::move(answer)),
      acceptor_(context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()),
      accepting_([this] { accept_all(); }) {}

LoopbackService::~LoopbackService() {
  go_away();
  for (std::thread& thread : serving_) thread.join();
}

std::string LoopbackService::origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

void LoopbackService::go_away() {
  {
    const std::scoped_lock lock(mutex_);
    if (gone_) return;
    gone_ = true;
    for (Tcp::socket& socket : sockets_) shutdown(socket.native_handle(), SHUT_RDWR);
  }
  shutdown(acceptor_.native_handle(), SHUT_RDWR);
  accepting_.join();
  acceptor_.close();
}

void LoopbackService::accept_all() {
  for (;;) {
    error_code error;
    Tcp::socket socket = acceptor_.accept(error);
    const std::scoped_lock lock(mutex_);
    if (error || gone_) return;
    Tcp::socket& kept = sockets_.emplace_back(std::move(socket));
    serving_.emplace_back([this, &kept] { serve(kept); });
  }
}

void LoopbackService::serve(Tcp::socket& socket) {
  std::string buffer;
  for (;;) {
    error_code error;
    const Asked asked = read_request(socket, buffer, error);
    const std::string text = error ? std::string() : answer_(asked);
    if (!text.empty()) asio::write(socket, asio::buffer(text), error);
    if (text.empty() || error) break;
  }
  shutdown(socket.native_handle(), SHUT_RDWR);
}

}  // namespace picus::aws
