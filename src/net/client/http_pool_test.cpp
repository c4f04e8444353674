#include "net/client/http_pool.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <bit>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/run.h"
#include "net/testing/loopback_server.h"

namespace picus::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Kind = TransportError::Kind;
using Sent = std::expected<HttpResponse, TransportError>;

constexpr auto kLong = 30s;    // never reached
constexpr auto kShort = 50ms;  // of waits that end by it

HttpRequest post(std::string origin, std::string_view body = {}) {
  return {
      .origin = std::move(origin), .method = "POST", .target = "/", .headers = {}, .body = body};
}

/// What one exchange brought: the body, or what went wrong.
std::string told(const Sent& sent) {
  if (sent) return sent->body;
  std::string text;
  switch (sent.error().kind) {
    case Kind::resolve:
      text = "resolve";
      break;
    case Kind::connect:
      text = "connect";
      break;
    case Kind::tls:
      text = "tls";
      break;
    case Kind::timeout:
      text = "timeout";
      break;
    case Kind::broken:
      text = "broken";
      break;
  }
  return text + (sent.error().sent ? ", sent" : "") + (sent.error().reused ? ", reused" : "");
}

Sent send_once(HttpPool& pool, HttpRequest request, std::chrono::milliseconds time = kLong) {
  return run(pool.send(std::move(request), Clock::now() + time));
}

Sent send_once(const std::string& origin, std::chrono::milliseconds time = kLong) {
  HttpPool pool({});
  return send_once(pool, post(origin), time);
}

/// Requests one after the other on one io_context; `between` happens before each but the first.
asio::awaitable<std::vector<std::string>> send_in_turn(HttpPool* pool, std::string origin,
                                                       unsigned count,
                                                       std::function<void()> between) {
  std::vector<std::string> all;
  for (unsigned i = 0; i < count; ++i) {
    if (i > 0 && between) between();
    const Sent sent = co_await pool->send(post(origin), Clock::now() + kLong);
    all.push_back(told(sent));
  }
  co_return all;
}

TEST(HttpPool, AConnectionIsKeptForTheNextRequest) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); });
  HttpPool pool({});
  const auto all = run(send_in_turn(&pool, server.origin(), 3, {}));
  EXPECT_EQ(all, (std::vector<std::string>{"hello", "hello", "hello"}));
  EXPECT_EQ(server.connections(), 1U);
}

asio::awaitable<Sent> send_on_a_strand(HttpPool* pool, std::string origin) {
  const auto strand = asio::make_strand(co_await asio::this_coro::executor);
  auto work = pool->send(post(std::move(origin)), Clock::now() + kLong);
  co_return co_await asio::co_spawn(strand, std::move(work), asio::use_awaitable);
}

TEST(HttpPool, ServesCoroutinesThatRunOnAStrand) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); });
  HttpPool pool({});
  EXPECT_EQ(told(run(send_on_a_strand(&pool, server.origin()))), "hello");
}

TEST(HttpPool, SendsHeadAndBodyAsTheyWereGiven) {
  std::promise<std::string> seen;
  LoopbackServer server([&](LoopbackPeer& peer) {
    seen.set_value(peer.read_request());
    peer.answer("{}", "418 Teapot\r\nX-Kind: Green  ");
  });
  HttpPool pool({});
  HttpRequest request = post(server.origin(), "the body");
  request.target = "/a?b=c";
  request.headers.push_back({"X-Note", "1"});
  const Sent sent = send_once(pool, std::move(request));
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(seen.get_future().get(), "POST /a?b=c HTTP/1.1\r\nHost: " + host +
                                         "\r\nX-Note: 1\r\nContent-Length: 8\r\n\r\nthe body");
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->status, 418U);
  EXPECT_EQ(sent->header("x-kind"), "Green");
  EXPECT_EQ(sent->header("x-other"), "");
  EXPECT_EQ(sent->body, "{}");
}

TEST(HttpPool, AConnectionThatIsOldIsNotUsedAgain) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); });
  HttpPool pool({.max_age = 0ms});
  const auto all = run(send_in_turn(&pool, server.origin(), 2, {}));
  EXPECT_EQ(all, (std::vector<std::string>{"hello", "hello"}));
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpPool, AHeaderWithALineBreakIsNotSent) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); });
  HttpPool pool({});
  for (const std::string& value :
       {std::string("a\r\nX-Evil: 1"), std::string("a\n"), std::string("a\0b", 3)}) {
    HttpRequest request = post(server.origin());
    request.headers.push_back({"X-Note", value});
    EXPECT_THROW(send_once(pool, std::move(request)), std::invalid_argument);
  }
}

TEST(HttpPool, AnIdleConnectionThatTheServerClosedIsNotUsed) {
  std::promise<void> closed;
  LoopbackServer server([&](LoopbackPeer& peer) {
    peer.read_request();
    peer.answer("hello");
    peer.close();
    if (peer.number() == 0) closed.set_value();
  });
  HttpPool pool({});
  const auto all =
      run(send_in_turn(&pool, server.origin(), 2, [&] { closed.get_future().wait(); }));
  EXPECT_EQ(all, (std::vector<std::string>{"hello", "hello"}));
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpPool, AConnectionOnWhichMoreCameThanTheAnswerIsNotUsedAgain) {
  LoopbackServer server([](LoopbackPeer& peer) {
    while (!peer.read_request().empty()) {
      peer.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
    }
  });
  HttpPool pool({});
  EXPECT_EQ(run(send_in_turn(&pool, server.origin(), 2, {})),
            (std::vector<std::string>{"ok", "ok"}));
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpPool, AConnectionIsNotUsedAgainAfterConnectionClose) {
  LoopbackServer server([](LoopbackPeer& peer) {
    while (!peer.read_request().empty()) peer.answer("ok", "200 OK\r\nConnection: close");
  });
  HttpPool pool({});
  EXPECT_EQ(run(send_in_turn(&pool, server.origin(), 2, {})),
            (std::vector<std::string>{"ok", "ok"}));
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpPool, AResetOnAKeptConnectionSaysSo) {
  LoopbackServer server([](LoopbackPeer& peer) {
    peer.read_request();
    peer.answer("hello");
    peer.read_request();
    peer.reset();
  });
  HttpPool pool({});
  EXPECT_EQ(run(send_in_turn(&pool, server.origin(), 2, {})),
            (std::vector<std::string>{"hello", "broken, sent, reused"}));
}

TEST(HttpPool, AConnectionThatEndsTooEarlyIsBroken) {
  for (const std::string_view part :
       {"", "HTTP", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    LoopbackServer server([part](LoopbackPeer& peer) {
      peer.read_request();
      peer.say(part);
      peer.close();
    });
    EXPECT_EQ(told(send_once(server.origin())), "broken, sent") << part;
  }
}

TEST(HttpPool, AResetBeforeTheAnswerIsBroken) {
  LoopbackServer server([](LoopbackPeer& peer) {
    peer.read_request();
    peer.reset();
  });
  EXPECT_EQ(told(send_once(server.origin())), "broken, sent");
}

TEST(HttpPool, WhatIsNotHttpIsBroken) {
  for (const std::string_view text :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"}) {
    LoopbackServer server([text](LoopbackPeer& peer) {
      peer.read_request();
      peer.say(text);
      peer.wait_for_end();
    });
    EXPECT_EQ(told(send_once(server.origin())), "broken, sent") << text;
  }
}

TEST(HttpPool, AnEndlessHeadIsBroken) {
  LoopbackServer server([](LoopbackPeer& peer) {
    peer.read_request();
    peer.say("HTTP/1.1 200 OK\r\nX-Long: " + std::string(100'000, 'x'));
    peer.wait_for_end();
  });
  EXPECT_EQ(told(send_once(server.origin())), "broken, sent");
}

TEST(HttpPool, AnswersOfEveryFramingAreRead) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
       "hello"},
      {"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.0 200 OK\r\n\r\nold", "old"}};
  for (const auto& [text, body] : cases) {
    LoopbackServer server([text](LoopbackPeer& peer) {
      peer.read_request();
      peer.say(text);
      peer.close();
    });
    EXPECT_EQ(told(send_once(server.origin())), body) << text;
  }
}

TEST(HttpPool, AnAnswerMayComeByteByByte) {
  LoopbackServer server([](LoopbackPeer& peer) {
    peer.read_request();
    for (const char c : std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) {
      peer.say({&c, 1});
    }
    peer.wait_for_end();
  });
  EXPECT_EQ(told(send_once(server.origin())), "hello");
}

TEST(HttpPool, TheAnswerToHeadHasNoBody) {
  LoopbackServer server([](LoopbackPeer& peer) {
    peer.read_request();
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    peer.wait_for_end();
  });
  HttpPool pool({});
  HttpRequest request = post(server.origin());
  request.method = "HEAD";
  EXPECT_EQ(told(send_once(pool, std::move(request))), "");
}

TEST(HttpPool, ABodyPastTheLimitIsRefused) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("12345"); });
  HttpPool pool({.max_body_bytes = 4});
  EXPECT_EQ(told(send_once(pool, post(server.origin()))), "broken, sent");
}

TEST(HttpPool, LargeBodiesGoBothWays) {
  const std::string large(3'000'000, 'x');
  LoopbackServer server([](LoopbackPeer& peer) {
    const std::string request = peer.read_request();
    peer.answer(std::string_view(request).substr(request.find("\r\n\r\n") + 4));
    peer.wait_for_end();
  });
  HttpPool pool({});
  EXPECT_EQ(told(send_once(pool, post(server.origin(), large))), large);
}

TEST(HttpPool, AStalledAnswerEndsAtTheDeadline) {
  for (const std::string_view part :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"}) {
    LoopbackServer server([part](LoopbackPeer& peer) {
      peer.read_request();
      peer.say(part);
      peer.wait_for_end();
    });
    const auto begin = Clock::now();
    EXPECT_EQ(told(send_once(server.origin(), kShort)), "timeout, sent") << part;
    EXPECT_GE(Clock::now() - begin, kShort);
  }
}

TEST(HttpPool, ARequestThatNobodyReadsEndsAtTheDeadline) {
  std::promise<void> over;
  LoopbackServer server([&](LoopbackPeer&) { over.get_future().wait(); });
  HttpPool pool({});
  std::string large;  // more than the sockets' buffers hold
  large.resize(20'000'000, 'x');
  EXPECT_EQ(told(send_once(pool, post(server.origin(), large), kShort)), "timeout");
  over.set_value();
}

/// A port that lets nobody in: its queue is full, so that the kernel drops what comes.
class BlackHole {
 public:
  BlackHole() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address_;
    ::bind(listener_.number(), std::bit_cast<const sockaddr*>(&address_), bytes);
    ::getsockname(listener_.number(), std::bit_cast<sockaddr*>(&address_), &bytes);
    ::listen(listener_.number(), 0);
    for (FileDescriptor& waiting : waiting_) {
      waiting.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      if (!waiting) throw std::runtime_error("no socket");
      ::connect(waiting.number(), std::bit_cast<const sockaddr*>(&address_), bytes);
    }
  }
  [[nodiscard]] std::string origin() const {
    return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port));
  }

 private:
  sockaddr_in address_{};
  FileDescriptor listener_;
  std::array<FileDescriptor, 4> waiting_;
};

TEST(HttpPool, ABlackHoleEndsAtTheDeadline) {
  const BlackHole hole;
  EXPECT_EQ(told(send_once(hole.origin(), kShort)), "timeout");
}

TEST(HttpPool, AnAddressGetsNoMoreThanItsConnectTimeout) {
  const BlackHole hole;
  HttpPool pool({.connect_timeout = kShort});
  EXPECT_EQ(told(send_once(pool, post(hole.origin()))), "connect");
}

TEST(HttpPool, APortWithoutAServerIsNoConnection) {
  const std::string place = ":" + std::to_string(free_port());
  const Sent sent = send_once("http://127.0.0.1" + place);
  EXPECT_EQ(told(sent), "connect");
  EXPECT_EQ(sent.error().message, "Connection refused");
  EXPECT_EQ(sent.error().text(), "127.0.0.1" + place + ": Connection refused");
  EXPECT_EQ(send_once("http://localhost" + place).error().text(),
            "localhost" + place + ": 127.0.0.1" + place + ": Connection refused");
}

TEST(HttpPool, WhatIsNoOriginIsRefused) {
  for (const std::string origin : {"", "ftp://127.0.0.1", "http://", "http://a b", "http://a:x",
                                   "http://a:0", "http://[::1", "http://a/path"}) {
    EXPECT_EQ(told(send_once(origin)), "resolve") << origin;
  }
}

TEST(HttpPool, NothingIsSentWhenTheDeadlineHasPassed) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); });
  EXPECT_EQ(told(send_once(server.origin(), -1ms)), "timeout");
  EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpPool, ConcurrentRequestsHaveAConnectionEach) {
  // Each is answered only when both are there.
  std::atomic<int> waiting = 2;
  std::promise<void> both;
  const std::shared_future<void> all_there = both.get_future().share();
  LoopbackServer server([&](LoopbackPeer& peer) {
    peer.read_request();
    if (--waiting == 0) both.set_value();
    all_there.wait();
    peer.answer("hello");
    peer.wait_for_end();
  });
  HttpPool pool({});
  asio::io_context context(1);
  int answered = 0;
  for (int i = 0; i < 2; ++i) {
    asio::co_spawn(context, pool.send(post(server.origin()), Clock::now() + kLong),
                   [&](const std::exception_ptr&, const Sent& sent) { answered += sent ? 1 : 0; });
  }
  context.run();
  EXPECT_EQ(answered, 2);
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpPool, ACancelledRequestLeavesThePoolUsable) {
  std::promise<void> asked;
  LoopbackServer server([&](LoopbackPeer& peer) {
    peer.read_request();
    if (peer.number() == 0) {
      asked.set_value();
      return peer.wait_for_end();
    }
    peer.answer("hello");
    peer.wait_for_end();
  });
  HttpPool pool({});
  asio::io_context context(1);
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(context, pool.send(post(server.origin()), Clock::now() + kLong),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&](const std::exception_ptr&, const Sent&) { ended = true; }));
  const auto was_asked = asked.get_future();
  while (was_asked.wait_for(1ms) != std::future_status::ready) context.poll();
  cancel.emit(asio::cancellation_type::terminal);
  context.run();
  EXPECT_TRUE(ended);
  context.restart();
  std::string second;
  asio::co_spawn(context, pool.send(post(server.origin()), Clock::now() + kLong),
                 [&](const std::exception_ptr&, const Sent& sent) { second = told(sent); });
  context.run();
  EXPECT_EQ(second, "hello");
}

TEST(HttpPool, AnIoContextMayEndWithRequestsUnderWay) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.wait_for_end(); });
  HttpPool pool({});
  {
    asio::io_context context(1);
    asio::co_spawn(context, pool.send(post(server.origin()), Clock::now() + kLong), asio::detached);
    context.poll();
  }
  EXPECT_EQ(told(send_once(pool, post(server.origin()), kShort)), "timeout, sent");
}

TEST(HttpPool, ThreadsUseItAtOnce) {
  LoopbackServer server([](LoopbackPeer& peer) { peer.answer_all("hello"); });
  HttpPool pool({});
  const std::vector<std::string> expected(50, "hello");
  const auto work = [&] { EXPECT_EQ(run(send_in_turn(&pool, server.origin(), 50, {})), expected); };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
  EXPECT_EQ(server.connections(), 2U);
}

}  // namespace
}  // namespace picus::net
