#include "aws/codedeploy_client.h"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

#include "aws/testing/changing_credentials.h"
#include "aws/testing/credentials_testing.h"
#include "aws/testing/loopback_service.h"
#include "net/client/http_pool.h"

namespace picus::aws {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string refusal(std::string_view code, unsigned status = 400) {
  return answer(status, R"({"__type":")" + std::string(code) + R"(","message":"why"})");
}

/// A service that gives these answers, the last of them again and again, and what it was asked.
struct CodeDeployFixture {
  explicit CodeDeployFixture(std::vector<std::string> said) : answers(std::move(said)) {}

  std::string next(const Asked& request) {
    const std::lock_guard lock(mutex);
    heard.push_back(request);
    return answers.at(std::min(heard.size(), answers.size()) - 1);
  }

  std::vector<Asked> asked() {
    const std::lock_guard lock(mutex);
    return heard;
  }

  std::expected<void, std::string> report(std::chrono::milliseconds time = 30s) {
    CodeDeployClient client(pool, credentials,
                            {.endpoint = service.origin(), .region = "eu-west-1", .seed = 1}, log);
    return run(send(&client, time));
  }

  static asio::awaitable<std::expected<void, std::string>> send(CodeDeployClient* client,
                                                                std::chrono::milliseconds time) {
    return client->report({.deployment_id = "d-1", .execution_id = "e\"1", .succeeded = true},
                          Clock::now() + time);
  }

  std::vector<std::string> answers;
  std::mutex mutex;  // the service has a thread for each connection
  std::vector<Asked> heard;
  net::HttpPool pool{{}};
  ChangingCredentials credentials;
  RecordedLog log;
  LoopbackService service{[this](const Asked& request) { return next(request); }};
};

TEST(CodeDeploy, ReportsInOneSignedCall) {
  CodeDeployFixture fixture({answer(200, "{}")});
  EXPECT_TRUE(fixture.report());
  ASSERT_EQ(fixture.asked().size(), 1U);
  const Asked asked = fixture.asked().front();
  EXPECT_EQ(asked.method + " " + asked.target, "POST /");
  EXPECT_EQ(asked.header("X-Amz-Target"),
            "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus");
  EXPECT_EQ(asked.header("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(asked.header("X-Amz-Security-Token"), "token");
  EXPECT_TRUE(asked.header("Authorization").contains("/eu-west-1/codedeploy/aws4_request"));
  EXPECT_EQ(
      asked.body,
      R"({"deploymentId":"d-1","lifecycleEventHookExecutionId":"e\"1","status":"Succeeded"})");
}

TEST(CodeDeploy, WhatMayPassIsTriedAgain) {
  CodeDeployFixture fixture({answer(500, "{}"), answer(503, ""), answer(200, "{}")});
  EXPECT_TRUE(fixture.report());
  EXPECT_EQ(fixture.asked().size(), 3U);
  EXPECT_EQ(fixture.log.count("codedeploy-call-failed"), 2U);
}

// The hook reported Succeeded to a page of HTML.
TEST(CodeDeploy, WhatIsNoResponseOfCodeDeployIsNoReport) {
  for (const std::string& said :
       {answer(200, "<html></html>", "text/html"), answer(200, "{}", "application/json"),
        answer(200, "", "application/x-amz-json-1.1"), answer(200, "[]"), answer(200, "null"),
        answer(200, "{}{}"), answer(200, R"({"lifecycleEventHookExecutionId":)"),
        answer(200, R"({"status":"ok"})")}) {
    CodeDeployFixture fixture({said});
    const auto reported = fixture.report(1s);
    ASSERT_FALSE(reported) << said;
    EXPECT_TRUE(reported.error().contains(" is not CodeDeploy: ")) << reported.error();
    CodeDeployFixture passing({said, answer(200, R"({"lifecycleEventHookExecutionId":"e\"1"})")});
    EXPECT_TRUE(passing.report()) << said;
  }
}

TEST(CodeDeploy, ExpiredCredentialsAreRenewedOnce) {
  CodeDeployFixture renewed({refusal("ExpiredTokenException"), answer(200, "{}")});
  EXPECT_TRUE(renewed.report());
  EXPECT_TRUE(renewed.asked().back().header("Authorization").contains("KEY1/"));

  CodeDeployFixture refused({refusal("ExpiredTokenException")});
  EXPECT_EQ(refused.report().error(), "ExpiredTokenException: why");
  EXPECT_EQ(refused.asked().size(), 2U);
}

TEST(CodeDeploy, ARefusalIsFinal) {
  CodeDeployFixture fixture({refusal("AccessDeniedException")});
  EXPECT_EQ(fixture.report().error(), "AccessDeniedException: why");
  EXPECT_EQ(fixture.asked().size(), 1U);
  EXPECT_EQ(fixture.log.count("advice=allow the role codedeploy:PutLifecycleEvent"), 1U);
}

TEST(CodeDeploy, AHookThatIsOverCountsAsReportedOnlyIfAnAnswerWasLost) {
  const std::string over = refusal("LifecycleEventAlreadyCompletedException");
  CodeDeployFixture lost({std::string(), over});
  EXPECT_TRUE(lost.report());
  EXPECT_EQ(lost.asked().size(), 2U);

  CodeDeployFixture stopped({over});
  EXPECT_EQ(stopped.report().error(), "LifecycleEventAlreadyCompletedException: why");
}

TEST(CodeDeploy, TheDeadlineEndsTheTries) {
  CodeDeployFixture fixture({answer(500, "{}")});
  const auto begun = Clock::now();
  EXPECT_EQ(fixture.report(300ms).error(), "500: ");
  EXPECT_LT(Clock::now() - begun, 10s);
  EXPECT_GE(fixture.asked().size(), 2U);
}

}  // namespace
}  // namespace picus::aws
