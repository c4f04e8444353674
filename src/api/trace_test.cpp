#include "api/trace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace picus {
namespace {

constexpr std::string_view kXRay = "Root=1-67891233-abcdef012345678912345678;Sampled=0";
constexpr std::string_view kW3c = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kW3cInXRaysWords =
    "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1";

std::string traced(const std::vector<HeaderView>& headers, std::string_view front = {}) {
  Request request;
  request.headers = headers;
  request.trace = front;
  return trace_of(request);
}

TEST(Trace, IsTheFrontsBeforeTheHeaders) {
  EXPECT_EQ(traced({}), "");
  EXPECT_EQ(traced({{"traceparent", kW3c}}), kW3cInXRaysWords);
  EXPECT_EQ(traced({{"x-amzn-trace-id", kXRay}}), kXRay);
  EXPECT_EQ(traced({{"X-Amzn-Trace-Id", kXRay}}, "Root=1-5-6"), "Root=1-5-6");
}

TEST(Trace, ThatALoadBalancerBeganDoesNotHideTheClients) {
  EXPECT_EQ(traced({{"traceparent", kW3c}, {"X-Amzn-Trace-Id", kXRay}}), kW3cInXRaysWords);
  EXPECT_EQ(traced({{"traceparent", "not one"}, {"X-Amzn-Trace-Id", kXRay}}), kXRay);
  for (const std::string_view with_parent :
       {"Root=1-5-6;Parent=53995c3f42cd8ad8;Sampled=1",
        "Self=1-a-b;Root=1-5-6;Parent=53995c3f42cd8ad8", "Parent=53995c3f42cd8ad8;Root=1-5-6",
        "Root=1-5-6; Parent=53995c3f42cd8ad8"}) {
    EXPECT_EQ(traced({{"traceparent", kW3c}, {"X-Amzn-Trace-Id", with_parent}}), with_parent);
  }
}

TEST(Trace, KeepsWhetherATraceparentWasSampled) {
  std::string header(kW3c);
  header.back() = '2';
  EXPECT_TRUE(traced({{"traceparent", header}}).ends_with(";Sampled=0"));
}

TEST(Trace, OfALaterVersionOfTraceparentIsRead) {
  const std::string later = "01" + std::string(kW3c.substr(2)) + "-more";
  EXPECT_EQ(traced({{"traceparent", later}}), kW3cInXRaysWords);
}

TEST(Trace, ThatIsNoTraceparentIsNone) {
  const std::string good(kW3c);
  for (const std::string& bad :
       {std::string(), std::string("00"), good.substr(1), good + "0", good + "-more",
        "ff" + good.substr(2), "00-" + std::string(32, '0') + good.substr(35),
        "00-" + std::string(32, 'G') + good.substr(35), "00_" + good.substr(3)}) {
    EXPECT_EQ(traced({{"traceparent", bad}}), "") << bad;
  }
}

TEST(Trace, ThatMayNotBePassedOnIsNone) {
  for (const std::string& bad :
       {std::string(kMaxTraceBytes + 1, 'a'), std::string("a\r\nX: y"), std::string("\xC3\xA4")}) {
    EXPECT_EQ(traced({{"X-Amzn-Trace-Id", bad}}), "");
    EXPECT_EQ(traced({}, bad), "");
  }
}

}  // namespace
}  // namespace picus
