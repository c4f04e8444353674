#include "lambda/runtime.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/run.h"
#include "core/testing/recorded_log.h"
#include "net/testing/loopback_server.h"

namespace picus::lambda {
namespace {

using net::LoopbackPeer;
using net::LoopbackServer;
using std::chrono::system_clock;

/// What a Runtime did with a server that talks as the test says.
struct Served {
  std::string fault;
  std::vector<Invocation> invocations;
  std::vector<std::string> lines;
};

enum class Handler : std::uint8_t { answers, has_a_bug, fails };

Served serve(const LoopbackServer& server, Handler handler = Handler::answers) {
  RecordedLog log;
  Runtime runtime("127.0.0.1:" + std::to_string(server.port()), log);
  Served served;
  const auto handle = [&](Invocation invocation) -> asio::awaitable<std::string> {
    served.invocations.push_back(invocation);
    if (handler == Handler::has_a_bug) throw std::runtime_error("a secret");
    if (handler == Handler::fails) throw FailedInvocation("why it failed");
    std::string answer = "answer to " + invocation.event;
    return
        [](std::string text) -> asio::awaitable<std::string> { co_return text; }(std::move(answer));
  };
  served.fault = run(runtime.serve(handle));
  served.lines = log.lines();
  return served;
}

void give(LoopbackPeer& peer, const std::string& id, const std::string& more = "") {
  peer.answer("event", "200 OK\r\nLambda-Runtime-Aws-Request-Id: " + id + more);
}

std::string first_line(const std::string& request) { return request.substr(0, request.find('\r')); }

constexpr std::string_view kNext = "GET /2018-06-01/runtime/invocation/next HTTP/1.1";
constexpr std::string_view kEnd = "500 Internal Server Error";

/// One invocation; what was reported of it.
std::string invoke(LoopbackPeer& peer, const std::string& more = "",
                   std::string_view status = "202 Accepted") {
  peer.read_request();
  give(peer, "id", more);
  std::string report = peer.read_request();
  peer.answer("{}", status);
  return report;
}

void end(LoopbackPeer& peer) {
  peer.read_request();
  peer.answer("{}", kEnd);
  peer.wait_for_end();
}

TEST(Runtime, TakesInvocationsAndPostsAnswersOnOneConnection) {
  std::vector<std::string> requests;
  const LoopbackServer server([&](LoopbackPeer& peer) {
    for (const std::string id : {"one", "two"}) {
      requests.push_back(peer.read_request());
      give(peer, id, "\r\nLambda-Runtime-Trace-Id: Root=1-a;Sampled=1");
      requests.push_back(peer.read_request());
      peer.answer("{}", "202 Accepted");
    }
    requests.push_back(peer.read_request());
    peer.answer("{}", kEnd);
    peer.wait_for_end();
  });
  const Served served = serve(server);
  ASSERT_EQ(requests.size(), 5U);
  EXPECT_EQ(first_line(requests[0]), kNext);
  EXPECT_EQ(first_line(requests[1]), "POST /2018-06-01/runtime/invocation/one/response HTTP/1.1");
  EXPECT_TRUE(requests[1].ends_with("\r\n\r\nanswer to event"));
  EXPECT_EQ(first_line(requests[3]), "POST /2018-06-01/runtime/invocation/two/response HTTP/1.1");
  ASSERT_EQ(served.invocations.size(), 2U);
  EXPECT_EQ(served.invocations[0].request_id, "one");
  EXPECT_EQ(served.invocations[0].trace, "Root=1-a;Sampled=1");
  EXPECT_EQ(served.invocations[0].deadline, std::chrono::steady_clock::time_point::max());
  EXPECT_EQ(served.fault, "the Runtime API returned next with 500");
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Runtime, TheDeadlineIsThatOfTheInvocationLessAMargin) {
  const auto in = [](std::chrono::milliseconds left) {
    const auto at = system_clock::now() + left;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch());
    return "\r\nLambda-Runtime-Deadline-Ms: " + std::to_string(since.count());
  };
  const LoopbackServer server([&](LoopbackPeer& peer) {
    for (const std::string& header :
         {in(std::chrono::seconds(3)), in(std::chrono::seconds(-3)),
          std::string("\r\nLambda-Runtime-Deadline-Ms: soon"),
          std::string("\r\nLambda-Runtime-Deadline-Ms: 9223372036854775807")}) {
      invoke(peer, header);
    }
    end(peer);
  });
  const auto begun = std::chrono::steady_clock::now();
  const Served served = serve(server);
  const auto ended = std::chrono::steady_clock::now();
  ASSERT_EQ(served.invocations.size(), 4U);
  EXPECT_GT(served.invocations[0].deadline, begun + std::chrono::milliseconds(2000));
  EXPECT_LT(served.invocations[0].deadline, ended + std::chrono::milliseconds(2960));
  EXPECT_LE(served.invocations[1].deadline, ended);
  EXPECT_EQ(served.invocations[2].deadline, std::chrono::steady_clock::time_point::max());
  EXPECT_GT(served.invocations[3].deadline, begun + std::chrono::minutes(14));
}

TEST(Runtime, AConnectionThatDiedMeanwhileIsMadeAnewOnceForEachCall) {
  std::vector<std::string> requests;
  const LoopbackServer server([&](LoopbackPeer& peer) {
    requests.push_back(first_line(peer.read_request()));
    if (peer.number() == 0) {  // dies while the function waits
      peer.reset();
      return;
    }
    if (peer.number() == 1) {  // dies while the function works
      give(peer, "one");
      peer.read_request();
      peer.reset();
      return;
    }
    peer.answer("{}", "202 Accepted");
    peer.read_request();
    peer.answer("{}", kEnd);
    peer.wait_for_end();
  });
  const Served served = serve(server);
  EXPECT_EQ(served.invocations.size(), 1U);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[1], kNext);
  EXPECT_EQ(requests[2], "POST /2018-06-01/runtime/invocation/one/response HTTP/1.1");
  EXPECT_EQ(served.fault, "the Runtime API returned next with 500");
}

TEST(Runtime, AnEndpointThatIsGoneEndsIt) {
  const LoopbackServer server([](LoopbackPeer& peer) {
    peer.read_request();
    peer.reset();
  });
  EXPECT_TRUE(serve(server).fault.starts_with("the Runtime API cannot be reached: "));
  EXPECT_EQ(server.connections(), 2U);

  RecordedLog log;
  Runtime nowhere("127.0.0.1:" + std::to_string(net::free_port()), log);
  const std::string fault = run(nowhere.serve({}));
  EXPECT_TRUE(fault.starts_with("the Runtime API cannot be reached: ")) << fault;
}

TEST(Runtime, AnAnswerThatLambdaRefusesIsLoggedAndTheNextInvocationTaken) {
  const LoopbackServer server([](LoopbackPeer& peer) {
    for (const std::string_view status : {"413 Request Entity Too Large", "400 Bad Request"}) {
      invoke(peer, "", status);
    }
    end(peer);
  });
  const Served served = serve(server);
  EXPECT_EQ(served.invocations.size(), 2U);
  ASSERT_EQ(served.lines.size(), 2U);
  for (const std::string& line : served.lines) {
    EXPECT_TRUE(line.starts_with("error response-refused ")) << line;
  }
}

TEST(Runtime, WhatTheHandlerThrowsIsAnErrorOfItsInvocationWithoutItsWords) {
  std::string report;
  const LoopbackServer server([&](LoopbackPeer& peer) {
    report = invoke(peer);
    end(peer);
  });
  const Served served = serve(server, Handler::has_a_bug);
  EXPECT_EQ(first_line(report), "POST /2018-06-01/runtime/invocation/id/error HTTP/1.1");
  EXPECT_TRUE(
      report.contains("Lambda-Runtime-Function-Error-Type: Runtime.UnhandledException\r\n"));
  EXPECT_TRUE(report.contains(R"("errorType":"Runtime.UnhandledException")"));
  EXPECT_FALSE(report.contains("secret"));
  ASSERT_EQ(served.lines.size(), 1U);
  EXPECT_TRUE(served.lines[0].starts_with("error bug ")) << served.lines[0];
}

TEST(Runtime, AFailedInvocationIsToldInItsWords) {
  std::string report;
  const LoopbackServer server([&](LoopbackPeer& peer) {
    report = invoke(peer);
    end(peer);
  });
  const Served served = serve(server, Handler::fails);
  EXPECT_EQ(first_line(report), "POST /2018-06-01/runtime/invocation/id/error HTTP/1.1");
  EXPECT_TRUE(report.contains("Lambda-Runtime-Function-Error-Type: Function.Failed\r\n"));
  EXPECT_TRUE(report.contains(R"({"errorMessage":"why it failed","errorType":"Function.Failed")"));
  EXPECT_TRUE(served.lines.empty());
}

TEST(Runtime, AStartThatFailsIsToldToLambda) {
  std::string report;
  const LoopbackServer server([&](LoopbackPeer& peer) {
    report = peer.read_request();
    peer.answer("{}", "202 Accepted");
    peer.wait_for_end();
  });
  RecordedLog log;
  Runtime runtime("127.0.0.1:" + std::to_string(server.port()), log);
  EXPECT_TRUE(run(runtime.fail_to_start("there is no \"table\"")));
  EXPECT_EQ(first_line(report), "POST /2018-06-01/runtime/init/error HTTP/1.1");
  EXPECT_TRUE(report.contains(R"({"errorMessage":"there is no \"table\"","errorType":"Runtime.)"));
}

}  // namespace
}  // namespace picus::lambda
