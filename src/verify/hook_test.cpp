#include "verify/hook.h"

#include <gtest/gtest.h>

namespace picus::verify {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(Hook, TheEventNamesTheDeploymentAndTheExecution) {
  const auto status = decode_hook_event(
      R"({"DeploymentId":"d-1","LifecycleEventHookExecutionId":"e","Combined":7})");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->deployment_id, "d-1");
  EXPECT_EQ(status->execution_id, "e");
  EXPECT_FALSE(status->succeeded);
}

TEST(Hook, AnEventThatLacksOneIsToldSo) {
  EXPECT_EQ(decode_hook_event("[").error(), "it is not a JSON object");
  EXPECT_EQ(decode_hook_event(R"({"LifecycleEventHookExecutionId":"e"})").error(),
            "it has no DeploymentId");
  EXPECT_EQ(decode_hook_event(R"({"DeploymentId":"d-1"})").error(),
            "it has no LifecycleEventHookExecutionId");
}

TEST(Hook, ChecksThatTakeAllTheirTimeLeaveSomeToDeleteAndToReport) {
  const Clock::time_point now{};
  const HookTime shortly = share(now, now + 3s, 60s);
  EXPECT_EQ(shortly.checks_end, now + 2s);
  EXPECT_EQ(shortly.clean_up_end, now + 2500ms);
  const HookTime longer = share(now, now + 300s, 60s);
  EXPECT_EQ(longer.checks_end, now + 60s);
  EXPECT_EQ(longer.clean_up_end, now + 290s);
}

TEST(Hook, WithoutTimeNothingIsBegun) {
  const Clock::time_point now{};
  const HookTime none = share(now, now - 1s, 60s);
  EXPECT_LE(none.checks_end, now);
  EXPECT_LE(none.clean_up_end, now);
}

}  // namespace
}  // namespace picus::verify
