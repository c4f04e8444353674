#include "net/server/tls_session.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "core/testing/temporary_directory.h"
#include "net/testing/loopback_certificate.h"

namespace picus::net {
namespace {

/// A session after its handshake, and a client whose bytes go where a test wants them.
class TlsSessionTest : public ::testing::Test {
 protected:
  TlsSessionTest() {
    const TlsFiles files{.cert = directory_.path() / "cert.pem", .key = directory_.path() / "key"};
    LoopbackCertificate().write(files.cert, files.key);
    session_ = std::make_unique<TlsSession>(TlsContext::load(files).value(), socket_);
    SSL_set_bio(client_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client_.get());
    while (SSL_do_handshake(client_.get()) != 1) exchange();
    exchange();
  }

  void exchange() {
    send(encrypted());
    session_->shake_hands();
    std::array<char, 65536> space;
    const auto bytes = ::recv(peer_.number(), space.data(), space.size(), MSG_DONTWAIT);
    if (bytes > 0) BIO_write(SSL_get_rbio(client_.get()), space.data(), static_cast<int>(bytes));
  }
  /// What the client has written since the last call.
  std::string encrypted() {
    std::string text(BIO_ctrl_pending(SSL_get_wbio(client_.get())), '\0');
    if (!text.empty()) {
      BIO_read(SSL_get_wbio(client_.get()), text.data(), static_cast<int>(text.size()));
    }
    return text;
  }
  /// Records without data. `kind`: whether the server is to respond.
  std::string key_updates(int count, int kind) {
    for (int i = 0; i < count; ++i) {
      SSL_key_update(client_.get(), kind);
      SSL_do_handshake(client_.get());
    }
    return encrypted();
  }
  void send(const std::string& text) const {
    const auto sent = ::send(peer_.number(), text.data(), text.size(), MSG_DONTWAIT);
    ASSERT_EQ(sent, static_cast<ssize_t>(text.size()));
  }
  /// The bytes that the session has not taken from its socket yet.
  int unread() {
    int bytes = 0;
    ::ioctl(socket_.descriptor(), FIONREAD, &bytes);
    return bytes;
  }
  Socket::Received receive() {
    std::array<char, 100> space;
    std::size_t bytes = 0;
    return session_->receive(space, bytes);
  }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
  };
  static std::pair<FileDescriptor, FileDescriptor> connected() {
    std::array<int, 2> both{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both.data());
    // The client can send much at once, and the server only a little that waits for the client.
    const int many = 1 << 20;
    const int few = 4096;
    ::setsockopt(both[0], SOL_SOCKET, SO_SNDBUF, &many, sizeof many);
    ::setsockopt(both[1], SOL_SOCKET, SO_SNDBUF, &few, sizeof few);
    return {FileDescriptor(both[0]), FileDescriptor(both[1])};
  }

  TemporaryDirectory directory_;
  std::pair<FileDescriptor, FileDescriptor> sockets_ = connected();
  FileDescriptor peer_ = std::move(sockets_.first);
  asio::io_context context_;
  Socket socket_{context_.get_executor(), std::move(sockets_.second)};
  std::unique_ptr<TlsSession> session_;
  std::unique_ptr<SSL_CTX, Free> client_context_{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL, Free> client_{SSL_new(client_context_.get())};
};

TEST_F(TlsSessionTest, AClientThatSendsRecordsWithoutDataDoesNotKeepTheThread) {
  send(key_updates(6000, SSL_KEY_UPDATE_NOT_REQUESTED));
  ASSERT_GT(unread(), 150'000);
  int calls = 0;
  for (; unread() > 0; ++calls) ASSERT_EQ(receive(), Socket::Received::nothing_yet);
  EXPECT_GT(calls, 1);
}

TEST_F(TlsSessionTest, AClientThatDoesNotReadTheResponsesToItsRecordsLosesItsConnection) {
  auto received = Socket::Received::nothing_yet;
  for (int i = 0; i < 100 && received == Socket::Received::nothing_yet; ++i) {
    send(key_updates(100, SSL_KEY_UPDATE_REQUESTED));
    received = receive();
  }
  EXPECT_EQ(received, Socket::Received::failed);
}

}  // namespace
}  // namespace picus::net
