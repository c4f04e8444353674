#include "lambda/event.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lambda/testing/event_samples.h"

namespace picus::lambda {
namespace {

Event read(const std::string& text) {
  auto event = decode_event(text);
  if (!event) {
    ADD_FAILURE() << event.error().reason << ": " << text;
    return Event{.source = Source::alb};
  }
  return std::move(*event);
}

std::string header(const Event& event, std::string_view name) {
  std::string values;
  for (const auto& [own, value] : event.headers) {
    if (own == name) values += (values.empty() ? "" : "|") + value;
  }
  return values;
}

TEST(Event, ALoadBalancerLeavesPathAndQueryAsTheyWereWritten) {
  const Event event = read(alb(R"("httpMethod":"GET","path":"/picus/get/a%2Fb%3F",
      "queryStringParameters":{"consistency":"eventual","x":"a%20b+c"},
      "headers":{"host":"items.example","x-request-id":"r"},"body":"","isBase64Encoded":false)"));
  EXPECT_EQ(event.source, Source::alb);
  EXPECT_EQ(event.method, Method::get);
  EXPECT_EQ(event.target, "/picus/get/a%2Fb%3F?consistency=eventual&x=a%20b+c");
  EXPECT_EQ(header(event, "host"), "items.example");
  EXPECT_EQ(event.body, "");
}

TEST(Event, ALoadBalancersListsKeepEveryValue) {
  const Event event = read(alb(R"("httpMethod":"POST","path":"/picus/put",
      "multiValueQueryStringParameters":{"on_conflict":["skip","fail"]},
      "multiValueHeaders":{"if-match":["\"a\"","\"b\""]},"body":"{}")"));
  EXPECT_EQ(event.source, Source::alb_multi_value);
  EXPECT_EQ(event.target, "/picus/put?on_conflict=skip&on_conflict=fail");
  EXPECT_EQ(header(event, "if-match"), R"("a"|"b")");
  EXPECT_EQ(event.body, "{}");
}

TEST(Event, AHealthCheckOfALoadBalancerNeedsNoHost) {
  const Event event = read(alb(R"("httpMethod":"GET","path":"/livez","queryStringParameters":{},
      "headers":{"user-agent":"ELB-HealthChecker/2.0"},"body":"","isBase64Encoded":false)"));
  EXPECT_EQ(event.target, "/livez");
  EXPECT_EQ(event.headers.size(), 1U);
}

TEST(Event, ARestApiLeavesThePathAndDecodesTheQuery) {
  const Event event = read(rest_api(R"("httpMethod":"DELETE","path":"/picus/a%2Fb",
      "queryStringParameters":{"key":"last"},
      "multiValueQueryStringParameters":{"key":["a/b c+d%2F&","é"]},
      "headers":{"Host":"x"},"multiValueHeaders":{"Host":["x"],"If-Match":["*"]},"body":null)"));
  EXPECT_EQ(event.source, Source::rest_api);
  EXPECT_EQ(event.method, Method::del);
  EXPECT_EQ(event.target, "/picus/a%2Fb?key=a%2Fb%20c%2Bd%252F%26&key=%C3%A9");
  EXPECT_EQ(header(event, "If-Match"), "*");
  EXPECT_EQ(header(event, "Host"), "x");
}

TEST(Event, AnHttpApiDecodesThePathAndWritesTheStageBeforeIt) {
  const Event event = read(http_api_2("GET", "/prod/picus/get/a b+%é", "limit=1&cursor=a%2Fb"));
  EXPECT_EQ(event.source, Source::http_api_2);
  EXPECT_EQ(event.target, "/picus/get/a%20b%2B%25%C3%A9?limit=1&cursor=a%2Fb");
}

TEST(Event, AnHttpApiWithPayload1DecodesPathAndQuery) {
  const Event event = read(R"({"version":"1.0","resource":"$default","path":"/prod/picus/get/ä",
      "httpMethod":"HEAD","headers":{"Host":"x"},"multiValueHeaders":{"Host":["x"]},
      "queryStringParameters":{"consistency":"eventual"},"multiValueQueryStringParameters":null,
      "requestContext":{"stage":"prod","apiId":"a","httpMethod":"HEAD"},"body":null,
      "isBase64Encoded":false})");
  EXPECT_EQ(event.source, Source::http_api_1);
  EXPECT_EQ(event.method, Method::head);
  EXPECT_EQ(event.target, "/picus/get/%C3%A4?consistency=eventual");
}

TEST(Event, TheDefaultStageAndOtherWordsAreNotCutOff) {
  EXPECT_EQ(read(http_api_2("GET", "/prodigy", "")).target, "/prodigy");
  EXPECT_EQ(read(http_api_2("GET", "/prod", "")).target, "/");
  EXPECT_EQ(read(http_api_2("GET", "/prod/prod", "")).target, "/prod");
  EXPECT_EQ(read(function_url("GET", "/$default/x", "")).target, "/$default/x");
}

std::string custom_domain(std::string_view asked, std::string_view path) {
  return R"({"resource":"/{proxy+}","httpMethod":"GET","headers":{},"path":")" + std::string(path) +
         R"(","requestContext":{"stage":"prod","domainName":"items.example","path":")" +
         std::string(asked) + "\"}}";
}

std::string own_domain(std::string_view path) {
  return R"({"resource":"/{proxy+}","httpMethod":"GET","headers":{},"path":")" + std::string(path) +
         R"(","requestContext":{"stage":"prod",)"
         R"("domainName":"a.execute-api.eu-west-1.amazonaws.com",)"
         R"("path":"/prod)" +
         std::string(path) + "\"}}";
}

TEST(Event, ABasePathAndAStageAreCutOffAndKept) {
  struct Case {
    std::string event;
    std::string target;
    std::string prefix;
  };
  for (const Case& one : std::vector<Case>{
           // A REST API on its own domain leaves the stage out of `path` alone.
           {own_domain("/picus/list"), "/picus/list", "/prod"},
           {own_domain("/prod/list"), "/prod/list", "/prod"},
           // On a custom domain it leaves in what the client wrote.
           {custom_domain("/picus/list", "/picus/list"), "/picus/list", ""},
           {custom_domain("/prod/picus/list", "/prod/picus/list"), "/picus/list", "/prod"},
           {custom_domain("/store/v1/livez", "/store/v1/livez"), "/livez", "/store/v1"},
           {custom_domain("/store/v1", "/store/v1"), "/", "/store/v1"},
           {custom_domain("/store/v1/prod/livez", "/store/v1/prod/livez"), "/livez",
            "/store/v1/prod"},
           {custom_domain("/store/v10/livez", "/store/v10/livez"), "/store/v10/livez", ""},
           {http_api_2("GET", "/prod/picus/list", ""), "/picus/list", "/prod"},
           {version_2("items.example", "prod", "GET", "/store/v1/livez", ""), "/livez",
            "/store/v1"},
           {version_2("items.example", "prod", "GET", "/prod/livez", ""), "/livez", ""},
           {version_2("items.example", "$default", "GET", "/store/v1/livez", "a=b"), "/livez?a=b",
            "/store/v1"},
           {function_url("GET", "/store/v1/livez", ""), "/livez", "/store/v1"},
           {alb(R"("httpMethod":"GET","headers":{},"path":"/store/v1/livez")"), "/livez",
            "/store/v1"},
           {alb(R"("httpMethod":"GET","headers":{},"path":"/livez")"), "/livez", ""},
       }) {
    const auto event = decode_event(one.event, "/store/v1");
    ASSERT_TRUE(event) << one.event;
    EXPECT_EQ(event->target, one.target) << one.event;
    EXPECT_EQ(event->prefix, one.prefix) << one.event;
  }
}

TEST(Event, WhatIsAskedOfAnAuthorizerIsNotCarriedOut) {
  for (const std::string mark :
       {R"("type":"REQUEST")", R"("type":"TOKEN")", R"("methodArn":"arn:aws:execute-api:x")",
        R"("routeArn":"arn:aws:execute-api:x")"}) {
    for (const std::string& event :
         {rest_api(R"("httpMethod":"DELETE","path":"/picus/k","headers":{})"),
          http_api_2("DELETE", "/prod/picus/k", ""), function_url("DELETE", "/picus/k", ""),
          alb(R"("httpMethod":"DELETE","path":"/picus/k","headers":{})")}) {
      const auto read = decode_event("{" + mark + "," + event.substr(1));
      ASSERT_FALSE(read) << mark << event;
      EXPECT_EQ(read.error().source, std::nullopt);
      EXPECT_TRUE(read.error().reason.contains("authorizer"));
    }
  }
}

TEST(Event, AMessageOfAWebSocketIsNotCarriedOut) {
  for (const char* member : {R"("connectionId":"Ab=")", R"("messageDirection":"IN")"}) {
    const auto read =
        decode_event(R"({"resource":"/","httpMethod":"DELETE","path":"/picus/k","headers":{},)"
                     R"("requestContext":{"stage":"prod",)" +
                     std::string(member) + "}}");
    ASSERT_FALSE(read) << member;
    EXPECT_EQ(read.error().source, std::nullopt);
    EXPECT_TRUE(read.error().reason.contains("WebSocket"));
  }
}

TEST(Event, AFunctionUrlLeavesPathAndQueryAsTheyWereWritten) {
  const Event event = read(function_url("GET", "/picus/get/a%2Fb+c", "key=a%2Fb&key=+"));
  EXPECT_EQ(event.source, Source::function_url);
  EXPECT_EQ(event.target, "/picus/get/a%2Fb+c?key=a%2Fb&key=+");
}

TEST(Event, ABodyInBase64IsDecoded) {
  EXPECT_EQ(read(alb(R"("httpMethod":"POST","path":"/picus/put","headers":{},
      "body":"eyJpZCI6ImsifQ==","isBase64Encoded":true)"))
                .body,
            R"({"id":"k"})");
}

TEST(Event, WhatNoTargetHasIsEncoded) {
  EXPECT_EQ(read(function_url("GET", "/a b?c#d\\u0001", "x y#z")).target,
            "/a%20b%3Fc%23d%01?x%20y%23z");
  EXPECT_EQ(read(alb(R"("httpMethod":"GET","path":"/a","queryStringParameters":{"a=&b":"c=&d#"},
      "headers":{})"))
                .target,
            "/a?a%3D%26b=c=%26d%23");
}

TEST(Event, AnUnknownMethodIsAnother) {
  EXPECT_EQ(read(function_url("PATCH", "/", "")).method, Method::other);
  EXPECT_EQ(read(function_url("get", "/", "")).method, Method::other);
}

TEST(Event, WhatNobodyMakesIsOfNoKnownKind) {
  for (const char* text :
       {"", "{", "null", "[]", "1", "\"\"", "{}", R"({"Records":[]})", R"({"requestContext":{}})",
        R"({"requestContext":[],"httpMethod":"GET","resource":"/"})",
        R"({"version":"2.0","requestContext":{"http":null}})",
        R"({"version":2,"requestContext":{"http":{}}})", R"({"source":"aws.events"})", "\xff",
        R"({"requestContext":{"elb":{}}} x)"}) {
    const auto event = decode_event(text);
    ASSERT_FALSE(event) << text;
    EXPECT_EQ(event.error().source, std::nullopt) << text;
    EXPECT_FALSE(event.error().reason.empty());
  }
}

TEST(Event, AMalformedOneOfAKnownKindSaysItsKindAndNothingOfItsContent) {
  for (const char* members :
       {R"("httpMethod":7,"path":"/")", R"("httpMethod":"GET")",
        R"("httpMethod":"GET","path":"secret")", R"("httpMethod":"GET","path":["secret"])",
        R"("httpMethod":"GET","path":"/","headers":"secret")",
        R"("httpMethod":"GET","path":"/","headers":{"secret":1})",
        R"("httpMethod":"GET","path":"/","queryStringParameters":[])",
        R"("httpMethod":"GET","path":"/","body":{})",
        R"("httpMethod":"GET","path":"/","isBase64Encoded":"secret")",
        R"("httpMethod":"GET","path":"/","body":"?secret","isBase64Encoded":true)"}) {
    const auto event = decode_event(alb(members));
    ASSERT_FALSE(event) << members;
    EXPECT_EQ(event.error().source, Source::alb) << members;
    EXPECT_FALSE(event.error().reason.contains("secret"));
  }
  const auto lists =
      decode_event(alb(R"("httpMethod":"GET","path":"/","multiValueHeaders":{"a":"b"})"));
  ASSERT_FALSE(lists);
  EXPECT_EQ(lists.error().source, Source::alb_multi_value);
  const auto url = decode_event(
      R"({"version":"2.0","requestContext":{"http":[],"domainName":"a.lambda-url.b"}})");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().source, Source::function_url);
}

}  // namespace
}  // namespace picus::lambda
