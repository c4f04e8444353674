#include "api/trace_headers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace picus {
namespace {

using Headers = std::vector<HeaderView>;

constexpr std::string_view kXRay = "Root=1-67891233-abcdef012345678912345678;Sampled=0";
constexpr std::string_view kW3c = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kW3cInXRaysWords =
    "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1";
// Those of W3C's test suite.
constexpr std::string_view kTrace = "12345678901234567890123456789012";
constexpr std::string_view kValid = "00-12345678901234567890123456789012-1234567890123456-01";

std::string traced(const Headers& headers, std::string_view front = {}) {
  const TraceContext context = incoming_trace(headers, front).context;
  std::string text;
  append_xray(text, context, context.parent);
  return text;
}

/// The trace id of a `traceparent`; empty: it is not valid.
std::string trace_of(std::string_view traceparent) {
  const TraceContext context = incoming_trace(Headers{{"traceparent", traceparent}}).context;
  std::string text;
  if (!context.is_none()) append_trace_id(text, context.trace);
  return text;
}

/// With a valid `traceparent`.
std::string state_of(Headers headers) {
  headers.push_back({"traceparent", kValid});
  EXPECT_TRUE(incoming_trace(headers).has_state);
  return trace_state(headers);
}

TEST(Trace, IsTheFrontsBeforeTheHeaders) {
  constexpr std::string_view kFront = "Root=1-00000001-000000000000000000000002;Sampled=1";
  EXPECT_EQ(traced({}), "");
  EXPECT_EQ(traced({{"traceparent", kW3c}}), kW3cInXRaysWords);
  EXPECT_EQ(traced({{"x-amzn-trace-id", kXRay}}), kXRay);
  EXPECT_EQ(traced({{"X-Amzn-Trace-Id", kXRay}}, kFront), kFront);
  EXPECT_EQ(traced({{"X-Amzn-Trace-Id", kXRay}}, "Root=1-5-6"), kXRay);
}

TEST(Trace, ThatALoadBalancerBeganDoesNotHideTheClients) {
  EXPECT_EQ(traced({{"traceparent", kW3c}, {"X-Amzn-Trace-Id", kXRay}}), kW3cInXRaysWords);
  EXPECT_EQ(traced({{"traceparent", "not one"}, {"X-Amzn-Trace-Id", kXRay}}), kXRay);
  const std::string root = "Root=1-67891233-abcdef012345678912345678";
  const std::string parent = "Parent=53995c3f42cd8ad8";
  for (const std::string& with_parent :
       {root + ";" + parent, "Self=1-a-b;" + root + ";" + parent, parent + ";" + root,
        root + "; " + parent, root + ";Lineage=a:0;" + parent + ";"}) {
    EXPECT_EQ(traced({{"traceparent", kW3c}, {"X-Amzn-Trace-Id", with_parent}}),
              root + ";" + parent);
  }
}

TEST(Trace, KeepsWhetherACallerSampledIt) {
  std::string header(kW3c);
  header.back() = '2';
  EXPECT_TRUE(traced({{"traceparent", header}}).ends_with(";Sampled=0"));
  const std::string root = "Root=1-67891233-abcdef012345678912345678";
  EXPECT_EQ(traced({{"X-Amzn-Trace-Id", root}}), root);
  EXPECT_EQ(traced({{"X-Amzn-Trace-Id", root + ";Sampled=?"}}), root);
  EXPECT_EQ(traced({{"X-Amzn-Trace-Id", root + ";Sampled=1"}}), root + ";Sampled=1");
}

TEST(Trace, OfX_RayThatIsMalformedIsNone) {
  for (const std::string_view bad :
       {"", "Root=1-5-6", "Root=1-67891233-ABCDEF012345678912345678",
        "Root=2-67891233-abcdef012345678912345678", "Root=1-67891233-abcdef0123456789123456789",
        "Root=1-00000000-000000000000000000000000", "Parent=53995c3f42cd8ad8",
        "1-67891233-abcdef012345678912345678"}) {
    EXPECT_EQ(traced({{"X-Amzn-Trace-Id", bad}}), "") << bad;
    EXPECT_EQ(traced({}, bad), "") << bad;
  }
}

TEST(Trace, OfAHeaderThatOccursTwiceIsNone) {
  EXPECT_EQ(traced({{"traceparent", kW3c}, {"TraceParent", kValid}}), "");
  EXPECT_EQ(traced({{"X-Amzn-Trace-Id", kXRay}, {"x-amzn-trace-id", kXRay}}), "");
}

TEST(Trace, OfALaterVersionOfTraceparentIsRead) {
  const std::string later = "01" + std::string(kW3c.substr(2)) + "-more";
  EXPECT_EQ(traced({{"traceparent", later}}), kW3cInXRaysWords);
}

// The cases of W3C's suite for traceparent.
TEST(Trace, OfAValidTraceparentIsTaken) {
  for (const std::string_view good :
       {kValid, std::string_view("00-12345678901234567890123456789012-1234567890123456-00"),
        std::string_view("00-12345678901234567890123456789012-1234567890123456-02"),
        std::string_view("cc-12345678901234567890123456789012-1234567890123456-01"),
        std::string_view("cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-"
                         "will-be-like")}) {
    EXPECT_EQ(trace_of(good), kTrace) << good;
  }
}

TEST(Trace, OfAnInvalidTraceparentIsNone) {
  for (const std::string_view bad :
       {"",
        "00",
        "00-12345678901234567890123456789012-1234567890123456-01.",
        "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        "cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like",
        "ff-12345678901234567890123456789012-1234567890123456-01",
        ".0-12345678901234567890123456789012-1234567890123456-01",
        "0.-12345678901234567890123456789012-1234567890123456-01",
        "000-12345678901234567890123456789012-1234567890123456-01",
        "0-12345678901234567890123456789012-1234567890123456-01",
        "00-00000000000000000000000000000000-1234567890123456-01",
        "00-.2345678901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901.-1234567890123456-01",
        "00-123456789012345678901234567890123-1234567890123456-01",
        "00-1234567890123456789012345678901-1234567890123456-01",
        "00-12345678901234567890123456789012-0000000000000000-01",
        "00-12345678901234567890123456789012-.234567890123456-01",
        "00-12345678901234567890123456789012-123456789012345.-01",
        "00-12345678901234567890123456789012-12345678901234567-01",
        "00-12345678901234567890123456789012-123456789012345-01",
        "00-12345678901234567890123456789012-1234567890123456-.0",
        "00-12345678901234567890123456789012-1234567890123456-0.",
        "00-12345678901234567890123456789012-1234567890123456-001",
        "00-12345678901234567890123456789012-1234567890123456-1",
        "00-1234567890123456789012345678901A-1234567890123456-01",
        "00_12345678901234567890123456789012-1234567890123456-01"}) {
    EXPECT_EQ(trace_of(bad), "") << bad;
  }
}

// The cases of W3C's suite for tracestate.
TEST(TraceState, IsThatOfAllHeadersInTheirOrder) {
  EXPECT_EQ(state_of({{"TraceState", "foo=1,bar=2"}}), "foo=1,bar=2");
  EXPECT_EQ(state_of({{"tracestate", "foo=1,bar=2"}, {"tracestate", "rojo=1,congo=2"}}),
            "foo=1,bar=2,rojo=1,congo=2");
  EXPECT_EQ(state_of({{"tracestate", ""}, {"tracestate", "foo=1"}}), "foo=1");
  EXPECT_EQ(state_of({{"tracestate", "foo=1"}, {"tracestate", ""}}), "foo=1");
  EXPECT_EQ(state_of({{"tracestate", "foo=1 \t , \t bar=2, \t baz=3"}}),
            "foo=1 \t , \t bar=2, \t baz=3");
}

TEST(TraceState, BelongsToAValidTraceparent) {
  EXPECT_FALSE(incoming_trace(Headers{{"tracestate", "foo=1"}}).has_state);
  EXPECT_FALSE(
      incoming_trace(Headers{{"X-Amzn-Trace-Id", kXRay}, {"tracestate", "foo=1"}}).has_state);
}

TEST(TraceState, WithAnyAllowedCharacterIsTaken) {
  std::string value;
  for (char c = ' '; c <= '~'; ++c) {
    if (c != ',' && c != '=') value += c;
  }
  const std::string key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
  const std::string plain = key + "=" + value;
  const std::string of_a_tenant = key + "@a-z0-9_-*/=" + value;
  EXPECT_EQ(state_of({{"tracestate", plain}}), plain);
  EXPECT_EQ(state_of({{"tracestate", of_a_tenant}}), of_a_tenant);
  for (const std::string_view good :
       {"foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2", "foo=1,foo=2"}) {
    EXPECT_EQ(state_of({{"tracestate", good}}), good);
  }
}

TEST(TraceState, ThatIsInvalidIsDropped) {
  for (const std::string_view bad : {"", "foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2",
                                     "foo=bar=baz", "foo=,bar=3", "foo", "foo=\xC3\xA4"}) {
    EXPECT_EQ(state_of({{"tracestate", bad}}), "") << bad;
  }
  EXPECT_EQ(state_of({{"tracestate", "foo=1"}, {"tracestate", std::string(257, 'z') + "=1"}}), "");
}

TEST(TraceState, HasLimits) {
  const std::string longest = std::string(256, 'z') + "=1";
  EXPECT_EQ(state_of({{"tracestate", longest}}), longest);
  std::string members = "bar00=00";
  for (int i = 1; i < 32; ++i) members += ",bar" + std::to_string(i) + "=1";
  EXPECT_EQ(state_of({{"tracestate", members}}), members);
  EXPECT_EQ(state_of({{"tracestate", members + ",bar33=33"}}), "");
  const std::string half = "a=" + std::string(254, 'b');
  EXPECT_EQ(state_of({{"tracestate", half}, {"tracestate", half}}), "");  // 513 bytes
  const std::string full = half + "," + half.substr(0, half.size() - 1);
  EXPECT_EQ(state_of({{"tracestate", full}}), full);
}

}  // namespace
}  // namespace picus
