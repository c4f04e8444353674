#include "net/client/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "core/run.h"
#include "net/client/http_pool.h"
#include "net/testing/loopback_name_server.h"
#include "net/testing/loopback_server.h"

namespace picus::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Kind = TransportError::Kind;
using Sent = std::expected<HttpResponse, TransportError>;

constexpr auto kLongHandshake = 30s;
constexpr auto kShortHandshake = 50ms;

HttpRequest get(std::string origin) {
  return {.origin = std::move(origin), .method = "GET", .target = "/", .headers = {}, .body = {}};
}

Sent send_once(HttpPool& pool, std::string origin,
               std::chrono::milliseconds time = kLongHandshake) {
  return run(pool.send(get(std::move(origin)), Clock::now() + time));
}

/// The body, or the message of a TLS error.
std::string told_of(const Sent& sent) {
  if (sent) return sent->body;
  EXPECT_EQ(sent.error().kind, Kind::tls);
  EXPECT_FALSE(sent.error().sent);
  return sent.error().message;
}

void greet(LoopbackPeer& peer) { peer.answer_all("hello"); }

TEST(Tls, AServerWithATrustedCertificateIsTalkedTo) {
  const LoopbackCertificate certificate;
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  EXPECT_EQ(told_of(send_once(pool, server.origin())), "hello");
}

TEST(Tls, AnUnknownAuthorityIsRefused) {
  const LoopbackCertificate certificate;
  const LoopbackCertificate other;
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = other.authority()});
  EXPECT_TRUE(told_of(send_once(pool, server.origin())).contains("certificate: "));
  HttpPool with_system({});
  EXPECT_FALSE(send_once(with_system, server.origin()));
}

TEST(Tls, AnExpiredCertificateIsRefused) {
  const LoopbackCertificate certificate({.seconds_left = -60});
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  EXPECT_TRUE(told_of(send_once(pool, server.origin())).contains("certificate has expired"));
}

TEST(Tls, ACertificateForAnotherAddressIsRefused) {
  const LoopbackCertificate certificate({.names = "IP:127.0.0.2,DNS:127.0.0.1"});
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  EXPECT_TRUE(told_of(send_once(pool, server.origin())).contains("IP address mismatch"));
}

TEST(Tls, ACertificateForAnotherNameIsRefused) {
  LoopbackNameServer names;
  names.set("right.example", {.v4 = {"127.0.0.1"}});
  names.set("wrong.example", {.v4 = {"127.0.0.1"}});
  const LoopbackCertificate certificate({.names = "DNS:right.example"});
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = certificate.authority(), .name_servers = names.address()});
  EXPECT_EQ(told_of(send_once(pool, server.origin("right.example"))), "hello");
  EXPECT_TRUE(
      told_of(send_once(pool, server.origin("wrong.example"))).contains("ostname mismatch"));
}

TEST(Tls, ACommonNameIsNoNameOfAServer) {
  LoopbackNameServer names;
  names.set("right.example", {.v4 = {"127.0.0.1"}});
  const LoopbackCertificate certificate({.names = "", .common_name = "right.example"});
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = certificate.authority(), .name_servers = names.address()});
  EXPECT_TRUE(
      told_of(send_once(pool, server.origin("right.example"))).contains("ostname mismatch"));
}

TEST(Tls, ASessionIsResumedOnTheNextConnection) {
  const LoopbackCertificate certificate;
  std::atomic<int> resumed = 0;
  LoopbackServer server(
      [&](LoopbackPeer& peer) {
        resumed += peer.resumed() ? 1 : 0;
        greet(peer);
      },
      &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  // Each on an io_context of its own, and so on a connection of its own.
  EXPECT_EQ(told_of(send_once(pool, server.origin())), "hello");
  EXPECT_EQ(told_of(send_once(pool, server.origin())), "hello");
  EXPECT_EQ(server.connections(), 2U);
  EXPECT_EQ(resumed, 1);
}

asio::awaitable<std::vector<std::string>> send_in_turn(HttpPool* pool, std::string origin,
                                                       unsigned count) {
  std::vector<std::string> all;
  for (unsigned i = 0; i < count; ++i) {
    const Sent sent = co_await pool->send(get(origin), Clock::now() + kLongHandshake);
    all.push_back(told_of(sent));
  }
  co_return all;
}

TEST(Tls, AConnectionIsKeptThoughTheServerSentTickets) {
  const LoopbackCertificate certificate;
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  EXPECT_EQ(run(send_in_turn(&pool, server.origin(), 3)), std::vector<std::string>(3, "hello"));
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Tls, LargeBodiesGoBothWays) {
  const std::string large(1'000'000, 'x');
  const LoopbackCertificate certificate;
  LoopbackServer server(
      [](LoopbackPeer& peer) {
        const std::string request = peer.read_request();
        peer.answer(std::string_view(request).substr(request.find("\r\n\r\n") + 4));
        peer.wait_for_end();
      },
      &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  HttpRequest request = get(server.origin());
  request.method = "POST";
  request.body = large;
  EXPECT_EQ(told_of(run(pool.send(std::move(request), Clock::now() + kLongHandshake))), large);
}

TEST(Tls, OlderVersionsAreRefused) {
  const LoopbackCertificate certificate;
  SSL_CTX_set_security_level(certificate.server_context(), 0);
  SSL_CTX_set_max_proto_version(certificate.server_context(), TLS1_1_VERSION);
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  EXPECT_FALSE(told_of(send_once(pool, server.origin())).empty());
}

TEST(Tls, ACutAnswerIsBroken) {
  const LoopbackCertificate certificate;
  LoopbackServer server(
      [](LoopbackPeer& peer) {
        peer.read_request();
        peer.say("HTTP/1.1 200 OK\r\n\r\nno length, and no orderly end");
        // The test's server shuts the socket down now, without a close_notify.
      },
      &certificate);
  HttpPool pool({.ca_bundle = certificate.authority()});
  const Sent sent = send_once(pool, server.origin());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::broken);
  EXPECT_TRUE(sent.error().sent);
}

TEST(Tls, AStalledHandshakeEndsAtTheDeadline) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.wait_for_end(); });
  const LoopbackCertificate certificate;
  HttpPool pool({.ca_bundle = certificate.authority()});
  const Sent sent =
      send_once(pool, "https://127.0.0.1:" + std::to_string(server.port()), kShortHandshake);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Kind::timeout);
  EXPECT_FALSE(sent.error().sent);
}

TEST(Tls, AServerThatSpeaksNoTlsIsRefused) {
  LoopbackServer server([](LoopbackPeer& peer) {
    peer.say("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_for_end();
  });
  const LoopbackCertificate certificate;
  HttpPool pool({.ca_bundle = certificate.authority()});
  EXPECT_FALSE(
      told_of(send_once(pool, "https://127.0.0.1:" + std::to_string(server.port()))).empty());
}

TEST(Tls, AMissingBundleIsNamed) {
  const LoopbackCertificate certificate;
  LoopbackServer server(greet, &certificate);
  HttpPool pool({.ca_bundle = "/nowhere/ca.pem"});
  EXPECT_TRUE(told_of(send_once(pool, server.origin())).contains("/nowhere/ca.pem"));
}

}  // namespace
}  // namespace picus::net
