#include "aws/caller.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <vector>

#include "aws/breaker.h"
#include "aws/quick_random.h"
#include "aws/testing/changing_credentials.h"
#include "core/run.h"
#include "core/testing/recorded_log.h"
#include "net/client/http_pool.h"
#include "net/testing/loopback_server.h"

namespace picus::aws {
namespace {

using namespace std::chrono_literals;
using net::LoopbackPeer;
using net::LoopbackServer;
using Clock = std::chrono::steady_clock;
using Kind = CallError::Kind;
using Called = std::expected<CallAnswer, CallError>;

constexpr auto kLong = 30s;
constexpr std::string_view kOk = "200 OK\r\nContent-Type: application/x-amz-json-1.0";
constexpr std::string_view kServerFault = "500 Internal Server Error";
constexpr std::string_view kRefusal = "400 Bad Request\r\nx-amzn-RequestId: REQUEST7";

std::string document(std::string_view code, std::string_view message = "why") {
  return R"({"__type":"com.amazonaws.dynamodb.v20120810#)" + std::string(code) +
         R"(","message":")" + std::string(message) + "\"}";
}

/// A client and what it needs. Delays that jitter makes are the shortest.
struct Fixture {
  explicit Fixture(std::string endpoint) { options.endpoint = std::move(endpoint); }

  Called call(std::chrono::milliseconds time = kLong, std::string body = "{}") {
    if (!client) client.emplace(kDynamoDb, pool, &credentials, options, &log);
    return run(client->call("PutItem", std::move(body), Clock::now() + time));
  }

  /// As call(), on an io_context that has kept connections.
  Called call_on(asio::io_context& context) {
    auto called = asio::co_spawn(context, client->call("PutItem", "{}", Clock::now() + kLong),
                                 asio::use_future);
    context.restart();
    context.run();
    return called.get();
  }

  /// A seed whose first delay is below a hundredth of its most.
  static std::uint64_t calm_seed() {
    for (std::uint64_t seed = 0;; ++seed) {
      QuickRandom random(seed);
      random.next();  // two for the invocation's id
      random.next();
      if (random.fraction() < 0.01) return seed;
    }
  }

  net::HttpPool pool{{}};
  ChangingCredentials credentials;
  RecordedLog log;
  Caller::Options options{.endpoint = {}, .region = "eu-west-1", .seed = calm_seed()};
  std::optional<Caller> client;
};

/// `ok body`, `ok? body` where it is uncertain, or the kind and code of an error.
std::string told(const Called& called) {
  if (called) return (called->uncertain ? "ok? " : "ok ") + called->body;
  static constexpr std::array<std::string_view, 12> kKinds{
      "condition_failed",  "throttled",       "not_found",       "not_active",
      "access_denied",     "key_refused",     "bad_credentials", "unavailable",
      "deadline_exceeded", "not_the_service", "item_too_large",  "refused"};
  const CallError& error = called.error();
  std::string text(kKinds.at(static_cast<std::size_t>(error.kind)));
  if (error.uncertain) text += "?";
  return error.code.empty() ? text : text + " " + error.code;
}

/// Does the first thing with the first request, and so on; the last one with all that follow.
class ServiceScript {
 public:
  using Step = std::function<void(LoopbackPeer&)>;

  explicit ServiceScript(std::vector<Step> steps)
      : steps_(std::move(steps)), server_([this](LoopbackPeer& peer) { serve(peer); }) {}

  [[nodiscard]] std::string origin() const { return server_.origin(); }
  [[nodiscard]] std::vector<std::string> requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void serve(LoopbackPeer& peer) {
    for (std::string request = peer.read_request(); !request.empty();
         request = peer.read_request()) {
      std::size_t step = 0;
      {
        const std::scoped_lock lock(mutex_);
        step = std::min(requests_.size(), steps_.size() - 1);
        requests_.push_back(std::move(request));
      }
      steps_[step](peer);
    }
  }

  std::vector<Step> steps_;
  std::mutex mutex_;
  std::vector<std::string> requests_;  // under mutex_
  LoopbackServer server_;
};

ServiceScript::Step say(std::string body, std::string_view head = kOk) {
  return [body = std::move(body), head = std::string(head)](LoopbackPeer& peer) {
    peer.answer(body, head);
  };
}

void reset(LoopbackPeer& peer) { peer.reset(); }
void stall(LoopbackPeer& peer) { peer.wait_for_end(); }
void cut(LoopbackPeer& peer) {
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  peer.close();
}

std::string header_of(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "none";
  const std::size_t begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

TEST(Caller, ACallIsOneSignedPost) {
  ServiceScript server({say("{}")});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call(kLong, R"({"TableName":"t"})")), "ok {}");
  ASSERT_EQ(server.requests().size(), 1U);
  const std::string request = server.requests().front();
  EXPECT_TRUE(request.starts_with("POST / HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"TableName\":\"t\"}")) << request;
  EXPECT_EQ(header_of(request, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(header_of(request, "X-Amz-Target"), "DynamoDB_20120810.PutItem");
  EXPECT_EQ(header_of(request, "X-Amz-Security-Token"), "token");
  EXPECT_EQ(header_of(request, "Accept-Encoding"), "identity");
  EXPECT_EQ(header_of(request, "amz-sdk-request"), "attempt=1; max=4");
  EXPECT_EQ(header_of(request, "amz-sdk-invocation-id").size(), 36U);
  EXPECT_TRUE(header_of(request, "Authorization").starts_with("AWS4-HMAC-SHA256 Credential=KEY0/"));
  EXPECT_TRUE(header_of(request, "Authorization")
                  .contains("/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;"
                            "x-amz-date;x-amz-security-token;x-amz-target, Signature="));
}

TEST(Caller, EveryAttemptCarriesTheTraceUnsigned) {
  const std::string sent = "Root=1-67891233-abcdef012345678912345678;Sampled=1";
  const TraceContext trace{.trace = {.high = 0x67891233abcdef01, .low = 0x2345678912345678},
                           .sampled = Sampled::yes};
  ServiceScript server({say("", "503 Busy"), say("{}")});
  Fixture fixture(server.origin());
  Caller client(kDynamoDb, fixture.pool, &fixture.credentials, fixture.options, &fixture.log);
  EXPECT_TRUE(run(client.call("PutItem", "{}", Clock::now() + kLong, trace)));
  ASSERT_EQ(server.requests().size(), 2U);
  for (const std::string& request : server.requests()) {
    EXPECT_EQ(header_of(request, "X-Amzn-Trace-Id"), sent);
    EXPECT_FALSE(header_of(request, "Authorization").contains("trace"));
  }
  EXPECT_TRUE(run(client.call("PutItem", "{}", Clock::now() + kLong)));
  EXPECT_EQ(header_of(server.requests().back(), "X-Amzn-Trace-Id"), "none");
}

TEST(Caller, AnAnswerAfterALostOneIsUncertain) {
  for (const ServiceScript::Step& lost :
       {ServiceScript::Step(reset), ServiceScript::Step(cut), say("{}", kServerFault),
        say("", "503 Busy"), say("{}", std::string(kOk) + "\r\nx-amz-crc32: 1")}) {
    ServiceScript server({lost, say("{}")});
    Fixture fixture(server.origin());
    EXPECT_EQ(told(fixture.call()), "ok? {}");
    EXPECT_EQ(server.requests().size(), 2U);
  }
}

// A web server, a captive portal: whatever answered 200 was taken for DynamoDB.
TEST(Caller, ASuccessThatIsNoResponseOfDynamoDbIsALostAttempt) {
  ServiceScript recovered({say("<html>", "200 OK\r\nContent-Type: text/html"), say("{}")});
  Fixture behind_it(recovered.origin());
  EXPECT_EQ(told(behind_it.call()), "ok? {}");

  ServiceScript portal({say("<html>", "200 OK\r\nContent-Type: text/html")});
  Fixture fixture(portal.origin());
  const Called called = fixture.call();
  EXPECT_EQ(told(called), "not_the_service?");
  EXPECT_EQ(portal.requests().size(), 4U);
  EXPECT_EQ(called.error().message,
            "The service at " + portal.origin() +
                " is not DynamoDB: it sent a response with the status 200 and the Content-Type "
                "text/html.");
}

TEST(Caller, ARefusalThatIsNoErrorOfDynamoDbsIsSomethingElses) {
  for (const std::string_view head :
       {"404 Not Found\r\nContent-Type: text/html", "405 Method Not Allowed", "302 Found",
        "407 Proxy Authentication Required", "400 Bad Request\r\nContent-Type: application/json"}) {
    ServiceScript server({say(R"({"error":"why"})", head)});
    Fixture fixture(server.origin());
    EXPECT_EQ(told(fixture.call()), "not_the_service") << head;
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST(Caller, AttemptsOfACallHaveOneInvocationIdAndANumber) {
  ServiceScript server({say("", kServerFault), say("{}")});
  Fixture fixture(server.origin());
  fixture.call();
  fixture.call();
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  const auto id = [&](std::size_t i) { return header_of(requests[i], "amz-sdk-invocation-id"); };
  EXPECT_EQ(id(0), id(1));
  EXPECT_NE(id(1), id(2));
  EXPECT_EQ(header_of(requests[1], "amz-sdk-request"), "attempt=2; max=4");
}

TEST(Caller, GivesUpAfterFourAttempts) {
  ServiceScript server({say(document("InternalServerError"), kServerFault)});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call()), "unavailable? InternalServerError");
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST(Caller, WhatWillNotBeBetterIsNotTriedAgain) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {document("ConditionalCheckFailedException"),
       "condition_failed ConditionalCheckFailedException"},
      {document("ValidationException"), "refused ValidationException"},
      {document("ValidationException", "Item size has exceeded the maximum allowed size"),
       "item_too_large ValidationException"},
      {document("AccessDeniedException"), "access_denied AccessDeniedException"},
      {document("ResourceNotFoundException"), "not_found ResourceNotFoundException"}};
  for (const auto& [body, expected] : cases) {
    ServiceScript server({say(body, kRefusal)});
    Fixture fixture(server.origin());
    const Called called = fixture.call();
    EXPECT_EQ(told(called), expected);
    EXPECT_EQ(called.error().body, body);
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST(Caller, ANotImplementedIsNotTriedAgain) {
  ServiceScript server({say("", "501 Not Implemented")});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call()), "unavailable? 501");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Caller, AThrottledCallIsTriedAgainAndIsCertain) {
  ServiceScript server({say(document("ThrottlingException"), kRefusal), say("{}")});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call()), "ok {}");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(Caller, ARetryThatCannotEndInTimeIsNotWaitedFor) {
  ServiceScript server({say(document("ThrottlingException"),
                            std::string(kRefusal) + "\r\nx-amz-retry-after: 4000")});
  Fixture fixture(server.origin());
  const auto begin = Clock::now();
  EXPECT_EQ(told(fixture.call(3s)), "throttled ThrottlingException");
  EXPECT_LT(Clock::now() - begin, 2s);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Caller, AHintIsWaitedFor) {
  ServiceScript server({say("", "503 Busy\r\nx-amz-retry-after: 60"), say("{}")});
  Fixture fixture(server.origin());
  const auto begin = Clock::now();
  EXPECT_EQ(told(fixture.call()), "ok? {}");
  EXPECT_GE(Clock::now() - begin, 60ms);
}

TEST(Caller, ASpentBudgetEndsRetries) {
  ServiceScript server({say("", kServerFault)});
  Fixture fixture(server.origin());
  std::size_t calls = 0;
  // 500 tokens are 35 retries: eleven calls with three each, then one with two, then none.
  for (std::size_t before = 0; calls < 20; before = server.requests().size()) {
    fixture.call();
    ++calls;
    if (server.requests().size() == before + 1) break;
  }
  EXPECT_EQ(calls, 13U);
  EXPECT_EQ(server.requests().size(), 13U + 35U);
}

TEST(Caller, AnAttemptEndsAtItsTimeout) {
  ServiceScript server({stall, say("{}")});
  Fixture fixture(server.origin());
  fixture.options.attempt_timeout = 50ms;
  EXPECT_EQ(told(fixture.call()), "ok? {}");
}

TEST(Caller, ACallEndsAtItsDeadline) {
  ServiceScript server({stall});
  Fixture fixture(server.origin());
  const auto begin = Clock::now();
  EXPECT_EQ(told(fixture.call(150ms)), "deadline_exceeded?");
  EXPECT_GE(Clock::now() - begin, 100ms);
  EXPECT_LT(Clock::now() - begin, 900ms);
}

TEST(Caller, APassedDeadlineSendsNothing) {
  ServiceScript server({say("{}")});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call(-1ms)), "deadline_exceeded");
  EXPECT_TRUE(server.requests().empty());
}

TEST(Caller, AServerThatIsNotThereIsUnavailableAndCertain) {
  Fixture fixture("http://127.0.0.1:" + std::to_string(net::free_port()));
  EXPECT_EQ(told(fixture.call()), "unavailable");
}

TEST(Caller, TheRightChecksumIsAccepted) {
  const std::string body = R"({"Attributes":{}})";
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
  ServiceScript server({say(body, std::string(kOk) + "\r\nx-amz-crc32: " + std::to_string(sum))});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call()), "ok " + body);
}

TEST(Caller, ADamagedRefusalIsTriedAgainAndCertain) {
  ServiceScript server(
      {say(document("ValidationException"), std::string(kRefusal) + "\r\nx-amz-crc32: 1"),
       say("{}")});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call()), "ok {}");
}

// STS refuses an expired token of a web identity so, and these calls have no credentials.
TEST(Caller, ACallWithoutCredentialsHasNoneToRenew) {
  ServiceScript server({say(document("ExpiredTokenException"), kRefusal)});
  Fixture fixture(server.origin());
  fixture.client.emplace(kDynamoDb, fixture.pool, nullptr, fixture.options, &fixture.log);
  EXPECT_EQ(told(fixture.call()), "bad_credentials ExpiredTokenException");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Caller, RefusedCredentialsAreRenewedOnce) {
  for (const std::string code : {"ExpiredTokenException", "UnrecognizedClientException"}) {
    ServiceScript server({say(document(code), kRefusal), say("{}")});
    Fixture fixture(server.origin());
    EXPECT_EQ(told(fixture.call()), "ok {}");
    EXPECT_TRUE(header_of(server.requests().at(1), "Authorization").contains("Credential=KEY1/"));
  }
  ServiceScript server({say(document("ExpiredTokenException"), kRefusal)});
  Fixture fixture(server.origin());
  EXPECT_EQ(told(fixture.call()), "bad_credentials ExpiredTokenException");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(Caller, MissingCredentialsAreUnavailable) {
  ServiceScript server({say("{}")});
  Fixture fixture(server.origin());
  fixture.credentials.missing = true;
  const Called called = fixture.call();
  EXPECT_EQ(told(called), "unavailable");
  EXPECT_EQ(called.error().message, "no provider has any");
}

TEST(Caller, AWrongClockIsPutRightByTheServersAndStaysRight) {
  for (const std::string code : {"InvalidSignatureException", "RequestExpired"}) {
    ServiceScript server({say(document(code), std::string(kRefusal) + "\r\nDate: Sun, 06 Nov 1994 "
                                                                      "08:49:37 GMT"),
                          say("{}")});
    Fixture fixture(server.origin());
    fixture.options.now = [] { return std::chrono::system_clock::time_point(784100000s); };
    EXPECT_EQ(told(fixture.call()), "ok {}");
    EXPECT_EQ(told(fixture.call()), "ok {}");
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(header_of(requests[0], "X-Amz-Date"), "19941106T053320Z");
    EXPECT_EQ(header_of(requests[1], "X-Amz-Date"), "19941106T084937Z");
    EXPECT_EQ(header_of(requests[2], "X-Amz-Date"), "19941106T084937Z");
  }
}

TEST(Caller, AWrongSignatureAtTheRightTimeIsNotTriedAgain) {
  ServiceScript server({say(document("InvalidSignatureException"),
                            std::string(kRefusal) + "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT")});
  Fixture fixture(server.origin());
  fixture.options.now = [] { return std::chrono::system_clock::time_point(784111700s); };
  EXPECT_EQ(told(fixture.call()), "bad_credentials InvalidSignatureException");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Caller, AServerThatStaysAwayIsNotAskedForEachCall) {
  Fixture fixture("http://127.0.0.1:" + std::to_string(net::free_port()));
  fixture.call();
  fixture.call();  // eight attempts in all, unless the breaker ends them at five
  const Called called = fixture.call();
  EXPECT_EQ(told(called), "unavailable");
  EXPECT_TRUE(called.error().message.contains("recent connections failed"))
      << called.error().message;
}

TEST(Caller, CallsGoThroughAgainSoonAfterTheServerIsBack) {
  std::vector<ServiceScript::Step> steps(Breaker::kFailures, ServiceScript::Step(reset));
  steps.push_back(say("{}"));
  ServiceScript server(steps);
  Fixture fixture(server.origin());
  fixture.call();
  fixture.call();
  const auto begin = Clock::now();
  while (!fixture.call() && Clock::now() < begin + kLong) continue;
  EXPECT_LT(Clock::now() - begin, 3 * Breaker::kProbeInterval);
}

/// Answers once on each of the first connections, when all are there, and is silent on them from
/// then on, as a host that vanished without a word. Answers always on those that come later.
class VanishingHost {
 public:
  explicit VanishingHost(unsigned first) : first_(first) {}

  void serve(LoopbackPeer& peer) {
    const unsigned number = ++connections_;
    for (std::string request = peer.read_request(); !request.empty();
         request = peer.read_request()) {
      ++requests_;
      if (number <= first_) {
        if (answered_.fetch_add(1) >= first_) return peer.wait_for_end();
        all_here_.arrive_and_wait();
      }
      peer.answer("{}", kOk);
    }
  }

  [[nodiscard]] unsigned requests() const { return requests_; }

 private:
  unsigned first_;
  std::atomic<unsigned> connections_ = 0;
  std::atomic<unsigned> answered_ = 0;
  std::atomic<unsigned> requests_ = 0;
  std::latch all_here_{4};
};

// 41 connections were kept, and one after the other had to time out.
TEST(Caller, WhereAHostVanishedTheNextAttemptDialsAnew) {
  constexpr unsigned kKept = 4;
  VanishingHost host(kKept);
  LoopbackServer server([&](LoopbackPeer& peer) { host.serve(peer); });
  Fixture fixture(server.origin());
  fixture.options.attempt_timeout = 200ms;
  Caller& client = fixture.client.emplace(kDynamoDb, fixture.pool, &fixture.credentials,
                                          fixture.options, &fixture.log);
  asio::io_context context(1);
  std::vector<std::future<Called>> first;
  first.reserve(kKept);
  for (unsigned i = 0; i < kKept; ++i) {
    first.push_back(asio::co_spawn(context, client.call("PutItem", "{}", Clock::now() + kLong),
                                   asio::use_future));
  }
  context.run();
  for (auto& called : first) EXPECT_EQ(told(called.get()), "ok {}");
  EXPECT_EQ(told(fixture.call_on(context)), "ok? {}");
  EXPECT_EQ(host.requests(), kKept + 2);
  EXPECT_EQ(told(fixture.call_on(context)), "ok {}");  // the other ones are closed
  EXPECT_EQ(host.requests(), kKept + 3);
}

TEST(Caller, BulkCallsUseUpNoRetriesOfSingleOnes) {
  ServiceScript server({say("", kServerFault)});
  Fixture fixture(server.origin());
  Caller client(kDynamoDb, fixture.pool, &fixture.credentials, fixture.options, &fixture.log);
  std::size_t before = 0;
  do {
    before = server.requests().size();
    run(client.call("PutItem", "{}", Clock::now() + kLong, {}, Caller::Share::bulk));
  } while (server.requests().size() > before + 1);
  before = server.requests().size();
  run(client.call("PutItem", "{}", Clock::now() + kLong));
  EXPECT_EQ(server.requests().size(), before + 4);
}

TEST(Caller, CallersThatGiveUpSayNothingAboutTheServer) {
  std::vector<ServiceScript::Step> steps(Breaker::kFailures, ServiceScript::Step(stall));
  steps.push_back(say("{}"));
  ServiceScript server(steps);
  Fixture fixture(server.origin());
  Caller& client = fixture.client.emplace(kDynamoDb, fixture.pool, &fixture.credentials,
                                          fixture.options, &fixture.log);
  for (unsigned i = 0; i < Breaker::kFailures; ++i) {
    asio::io_context context(1);
    asio::cancellation_signal give_up;
    asio::co_spawn(context, client.call("PutItem", "{}", Clock::now() + kLong),
                   asio::bind_cancellation_slot(give_up.slot(), asio::detached));
    while (server.requests().size() <= i) context.poll();
    give_up.emit(asio::cancellation_type::terminal);
    context.run();
  }
  EXPECT_EQ(told(fixture.call()), "ok {}");
}

TEST(Caller, AFailedCallIsLoggedWithWhatAwsCallsIt) {
  ServiceScript server({say(document("AccessDeniedException"), kRefusal)});
  Fixture fixture(server.origin());
  fixture.call();
  fixture.call();
  ASSERT_EQ(fixture.log.lines().size(), 2U);
  EXPECT_EQ(fixture.log.lines()[0],
            "warning dynamodb-call-failed operation=PutItem code=AccessDeniedException detail=why "
            "advice=allow the role this action on the table service_request_id=REQUEST7 attempts=1 "
            "not_logged=0");
  EXPECT_TRUE(fixture.log.lines()[1].starts_with("debug dynamodb-call-failed"));
}

TEST(Caller, AFailedConditionIsNotLogged) {
  ServiceScript server({say(document("ConditionalCheckFailedException"), kRefusal)});
  Fixture fixture(server.origin());
  fixture.call();
  EXPECT_TRUE(fixture.log.lines().empty());
}

}  // namespace
}  // namespace picus::aws
