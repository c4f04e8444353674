#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/file_descriptor.h"
#include "net/testing/loopback_certificate.h"

namespace picus::net {

/// For tests: one connection to a LoopbackServer, as the server's side sees it. Blocks.
class LoopbackPeer {
 public:
  LoopbackPeer(int socket, std::size_t number, const LoopbackCertificate* certificate);
  ~LoopbackPeer();
  LoopbackPeer(const LoopbackPeer&) = delete;
  LoopbackPeer& operator=(const LoopbackPeer&) = delete;

  /// The next request, its body included; empty: the client closed.
  std::string read_request();
  /// What comes next, however much; empty: the client closed.
  std::string read_some();
  void say(std::string_view text);
  /// `say` with status line and length.
  void answer(std::string_view body, std::string_view status_and_headers = "200 OK");
  /// Answers every request with `body`.
  void answer_all(std::string_view body);
  /// Reads until the client closes.
  void wait_for_end();
  /// Closes in good order.
  void close();
  /// Closes so that the client sees a reset.
  void reset() const;

  [[nodiscard]] std::size_t number() const { return number_; }  ///< the server's first is 0
  [[nodiscard]] bool resumed() const;                           ///< a TLS session

 private:
  std::size_t receive(char* space, std::size_t bytes);
  std::string take_request();

  int socket_;
  std::size_t number_;
  std::string read_ahead_;
  std::unique_ptr<ssl_st, LoopbackCertificate::Deleter> tls_;
};

/// For tests: a server on a free port of loopback that does with each connection what the test
/// says, in a thread of its own.
class LoopbackServer {
 public:
  using Talk = std::function<void(LoopbackPeer&)>;

  /// With a certificate it speaks TLS.
  explicit LoopbackServer(Talk talk, const LoopbackCertificate* certificate = nullptr);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// `http://127.0.0.1:port`, or https.
  [[nodiscard]] std::string origin(std::string_view host = "127.0.0.1") const;
  [[nodiscard]] std::size_t connections() const;

 private:
  void accept();

  Talk talk_;
  const LoopbackCertificate* certificate_;
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<FileDescriptor> sockets_;  // under mutex_; closed at the end, so that none blocks
  std::vector<std::thread> threads_;     // of the accepting thread, until it is joined
  std::thread accepting_;
};

/// A port of loopback on which nobody listens.
std::uint16_t free_port();

}  // namespace picus::net
