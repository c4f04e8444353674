#include "net/client/http_client.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <functional>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

#include "net/testing/loopback_server.h"

namespace picus::net {
namespace {

using Tcp = asio::ip::tcp;
using namespace std::chrono_literals;

/// A server on loopback that does with each connection what the test says.
class Peer {
 public:
  using Talk = std::function<void(Tcp::socket&)>;

  explicit Peer(std::vector<Talk> talks)
      : acceptor_(context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        thread_([this, todo = std::move(talks)] { serve(todo); }) {}
  ~Peer() { thread_.join(); }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  void serve(const std::vector<Talk>& talks) {
    for (const Talk& talk : talks) {
      Tcp::socket socket = acceptor_.accept();
      talk(socket);
    }
  }

  asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::thread thread_;
};

/// The head of the next request.
std::string read_head(Tcp::socket& socket) {
  std::string text;
  const std::size_t bytes = asio::read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n");
  return text.substr(0, bytes);
}

void say(Tcp::socket& socket, std::string_view text) {
  asio::write(socket, asio::buffer(text.data(), text.size()));
}

void read_to_end(Tcp::socket& socket) {
  boost::system::error_code error;
  std::string text(4096, '\0');
  while (!error) socket.read_some(asio::buffer(text), error);
}

Peer::Talk answering(std::string_view text) {
  return [text](Tcp::socket& socket) {
    read_head(socket);
    say(socket, text);
  };
}

/// What a request brought: `200 body`, or the error.
struct Told {
  std::string text;
  std::string etag;
};

asio::awaitable<Told> ask(HttpClient* client, HttpRequest request) {
  auto response = co_await client->send(std::move(request));
  if (!response) co_return Told{response.error(), {}};
  Told told{std::to_string(response->status) + " ", std::string(response->header("etag"))};
  for (;;) {
    const auto piece = co_await client->read();
    if (!piece) {
      told.text += "| " + piece.error();
      co_return told;
    }
    if (piece->empty()) co_return told;
    told.text += *piece;
  }
}

/// More text than any socket's buffers hold.
class EndlessBody final : public ByteStream {
 public:
  asio::awaitable<Result<std::string_view>> read() override { co_return std::string_view(text_); }

 private:
  std::string text_ = std::string(65536, 'x');
};

class Asking {
 public:
  explicit Asking(const std::string& url, std::chrono::milliseconds timeout = 30s,
                  const std::filesystem::path& ca_bundle = {})
      : client_(*HttpClient::make(context_.get_executor(), url, timeout, ca_bundle)) {}

  Told ask_for(std::string method, std::string target, ByteStream* body = nullptr) {
    HttpRequest request{.method = std::move(method), .target = std::move(target), .headers = {}};
    request.headers.push_back({"X-Test", "yes"});
    request.stream = body;
    Told told;
    asio::co_spawn(context_, ask(client_.get(), std::move(request)),
                   [&](const std::exception_ptr& thrown, Told answer) {
                     told = thrown ? Told{"thrown", {}} : std::move(answer);
                   });
    context_.restart();
    context_.run();
    return told;
  }

 private:
  asio::io_context context_;
  std::unique_ptr<HttpClient> client_;
};

TEST(HttpClient, SendsARequestAndReadsItsAnswer) {
  std::string head;
  Peer peer({[&](Tcp::socket& socket) {
    head = read_head(socket);
    say(socket, "HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\nhello");
  }});
  Asking asking(peer.url());
  const Told told = asking.ask_for("GET", "/a?b=c");
  EXPECT_EQ(told.text, "200 hello");
  EXPECT_EQ(told.etag, "\"x\"");
  EXPECT_TRUE(head.starts_with("GET /a?b=c HTTP/1.1\r\n")) << head;
  EXPECT_TRUE(head.contains("Host: " + peer.url().substr(7) + "\r\n")) << head;
  EXPECT_TRUE(head.contains("X-Test: yes\r\n")) << head;
}

TEST(HttpClient, KeepsItsConnection) {
  Peer peer({[](Tcp::socket& socket) {
    for (int i = 0; i < 3; ++i) {
      read_head(socket);
      say(socket,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    }
  }});
  Asking asking(peer.url());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(asking.ask_for("GET", "/").text, "200 abc");
}

TEST(HttpClient, ConnectsAgainWhenTheServerHadClosedMeanwhile) {
  constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  Peer peer({answering(kAnswer), answering(kAnswer)});
  Asking asking(peer.url());
  EXPECT_EQ(asking.ask_for("GET", "/").text, "200 ok");
  EXPECT_EQ(asking.ask_for("GET", "/").text, "200 ok");
}

TEST(HttpClient, AnAnswerThatComesEarlyEndsTheSending) {
  Peer peer({[](Tcp::socket& socket) {
    read_head(socket);
    say(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
    read_to_end(socket);
  }});
  Told told;
  {
    Asking asking(peer.url());
    EndlessBody body;
    told = asking.ask_for("POST", "/", &body);
  }
  EXPECT_EQ(told.text, "413 big");
}

/// A hundred pieces: each is there at once, as soon as the server has read the one before it.
class PromptBody final : public ByteStream {
 public:
  asio::awaitable<Result<std::string_view>> read() override {
    received_.acquire();
    ++reads_;
    co_return reads_ > kPieces ? std::string_view() : std::string_view("piece");
  }

  /// The server has read the head or a piece.
  void received() { received_.release(); }
  [[nodiscard]] int reads() const { return reads_; }

 private:
  static constexpr int kPieces = 100;
  std::counting_semaphore<> received_{0};
  int reads_ = 0;
};

// A client slower than its server never waits for room, where it would see the answer.
TEST(HttpClient, AnAnswerIsSeenThoughTheBodyNeverWaits) {
  PromptBody body;
  Peer peer({[&](Tcp::socket& socket) {
    read_head(socket);
    say(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
    boost::system::error_code error;
    std::string text(4096, '\0');
    for (; !error; socket.read_some(asio::buffer(text), error)) body.received();
  }});
  Told told;
  {
    Asking asking(peer.url());
    told = asking.ask_for("POST", "/", &body);
  }
  EXPECT_EQ(told.text, "413 big");
  EXPECT_EQ(body.reads(), 1);
}

TEST(HttpClient, PassesOverInterimAnswers) {
  Peer peer({answering("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")});
  Asking asking(peer.url());
  EXPECT_EQ(asking.ask_for("GET", "/").text, "204 ");
}

TEST(HttpClient, AnAnswerToHeadHasNoBody) {
  Peer peer({answering("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")});
  Asking asking(peer.url());
  EXPECT_EQ(asking.ask_for("HEAD", "/").text, "200 ");
}

TEST(HttpClient, ACutAnswerIsAnError) {
  Peer peer({answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")});
  Asking asking(peer.url());
  EXPECT_EQ(asking.ask_for("GET", "/").text,
            "200 half| " + peer.url() + ": the response was truncated: partial message.");
}

TEST(HttpClient, AServerThatSaysNothingIsAnError) {
  Peer peer({[](Tcp::socket& socket) { read_to_end(socket); }});
  Asking asking(peer.url(), 50ms);
  EXPECT_TRUE(asking.ask_for("GET", "/").text.contains("no response"));
}

/// A text in pieces.
class PiecesBody final : public ByteStream {
 public:
  explicit PiecesBody(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  asio::awaitable<Result<std::string_view>> read() override {
    co_return next_ == pieces_.size() ? std::string_view() : std::string_view(pieces_[next_++]);
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

std::string read_to_last_chunk(Tcp::socket& socket) {
  std::string text;
  const std::size_t bytes = asio::read_until(socket, asio::dynamic_buffer(text), "0\r\n\r\n");
  return text.substr(0, bytes);
}

TEST(HttpClient, ABodyOfUnknownSizeGoesInChunks) {
  std::string request;
  Peer peer({[&](Tcp::socket& socket) {
    request = read_to_last_chunk(socket);
    say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }});
  Asking asking(peer.url());
  PiecesBody body({"hello", std::string(17, 'x')});
  EXPECT_EQ(asking.ask_for("POST", "/", &body).text, "200 ok");
  EXPECT_TRUE(request.contains("\r\nTransfer-Encoding: chunked\r\n")) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n5\r\nhello\r\n11\r\nxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n"))
      << request;
}

TEST(HttpClient, TalksToAServerWithACertificate) {
  const LoopbackCertificate certificate;
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); }, &certificate);
  Asking asking(server.origin(), 30s, certificate.authority());
  EXPECT_EQ(asking.ask_for("GET", "/").text, "200 hello");
  EXPECT_EQ(asking.ask_for("GET", "/").text, "200 hello");
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpClient, SessionTicketsAreNoAnswer) {
  const LoopbackCertificate certificate;
  LoopbackServer server(
      [](LoopbackPeer& peer) {
        while (!peer.read_some().ends_with("0\r\n\r\n")) continue;
        peer.answer("all of it");
        peer.wait_for_end();
      },
      &certificate);
  Asking asking(server.origin(), 30s, certificate.authority());
  PiecesBody body(std::vector<std::string>(100, std::string(65536, 'x')));
  EXPECT_EQ(asking.ask_for("POST", "/", &body).text, "200 all of it");
}

TEST(HttpClient, AnEarlyAnswerEndsTheSendingOverTlsToo) {
  const LoopbackCertificate certificate;
  LoopbackServer server(
      [](LoopbackPeer& peer) {
        peer.read_some();
        peer.answer("big", "413 Too Large");
        peer.wait_for_end();
      },
      &certificate);
  Asking asking(server.origin(), 30s, certificate.authority());
  EndlessBody body;
  EXPECT_EQ(asking.ask_for("POST", "/", &body).text, "413 big");
}

TEST(HttpClient, AServerWithAnUnknownCertificateIsAnError) {
  const LoopbackCertificate certificate;
  const LoopbackCertificate other;
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); }, &certificate);
  Asking asking(server.origin(), 30s, other.authority());
  EXPECT_TRUE(asking.ask_for("GET", "/").text.contains("no connection"));
}

TEST(HttpClient, ATextThatIsNoUrlIsRefused) {
  asio::io_context context;
  for (const char* url :
       {"", "127.0.0.1:80", "ftp://127.0.0.1", "http://", "http://127.0.0.1:80/path",
        "http://user@127.0.0.1", "http://127.0.0.1:0x1", "http://127.0.0.1:65536",
        "unix:", "http://unix:/x"}) {
    const auto client = HttpClient::make(context.get_executor(), url, 1s);
    ASSERT_FALSE(client) << url;
    EXPECT_TRUE(client.error().contains("is not the address of a server")) << client.error();
  }
  for (const char* url : {"http://127.0.0.1", "http://127.0.0.1:80/", "http://[::1]",
                          "http://[::1]:80", "http://localhost:80", "http://example.org",
                          "https://example.org", "unix:/run/picus.sock", "unix:relative"}) {
    EXPECT_TRUE(HttpClient::make(context.get_executor(), url, 1s)) << url;
  }
}

}  // namespace
}  // namespace picus::net
