#include "config/trace_options.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace picus {
namespace {

std::expected<OtlpOptions, std::string> options_of(std::string endpoint,
                                                   const Environment& environment = {}) {
  return otlp_options({.otlp_endpoint = std::move(endpoint)}, environment, "");
}

std::string url_of(std::string endpoint, const Environment& environment = {}) {
  const auto options = options_of(std::move(endpoint), environment);
  EXPECT_TRUE(options) << options.error();
  return options ? options->url : "";
}

std::string attribute(const OtlpOptions& options, std::string_view name) {
  const auto found =
      std::ranges::find(options.resource, name, &OtlpOptions::Pairs::value_type::first);
  return found == options.resource.end() ? "" : found->second;
}

TEST(TraceOptions, WithoutAnEndpointThereIsNoTracing) {
  EXPECT_FALSE(options_of("")->is_on());
  EXPECT_FALSE(options_of("", {{"OTEL_TRACES_SAMPLER", "always_on"}})->is_on());
}

TEST(TraceOptions, TheEndpointGetsThePathOfOtlp) {
  EXPECT_EQ(url_of("http://127.0.0.1:4318"), "http://127.0.0.1:4318/v1/traces");
  EXPECT_EQ(url_of("http://127.0.0.1:4318/"), "http://127.0.0.1:4318/v1/traces");
  EXPECT_EQ(url_of("https://example.com/otlp"), "https://example.com/otlp/v1/traces");
  EXPECT_EQ(url_of("https://example.com/v1/traces"), "https://example.com/v1/traces");
}

TEST(TraceOptions, TheVariablesOfOpenTelemetryAreBelowTheOption) {
  const Environment both{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1"},
                         {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:2/as/it/is"}};
  EXPECT_EQ(url_of("http://own:3", both), "http://own:3/v1/traces");
  EXPECT_EQ(url_of("", both), "http://traces:2/as/it/is");
  EXPECT_EQ(url_of("", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1"}}),
            "http://all:1/v1/traces");
}

TEST(TraceOptions, OpenTelemetryCanBeDisabled) {
  const Environment off{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1"},
                        {"OTEL_SDK_DISABLED", "True"}};
  EXPECT_FALSE(options_of("", off)->is_on());
  EXPECT_TRUE(options_of("http://own:3", off)->is_on());
}

TEST(TraceOptions, WhatIsNotSupportedIsAnErrorThatStatesWhatIs) {
  for (const auto& [name, value, supported] :
       {std::array<std::string, 3>{"OTEL_TRACES_SAMPLER", "always_on", "parentbased_traceidratio"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"},
        {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "http/protobuf"},
        {"OTEL_EXPORTER_OTLP_HEADERS", "no equals sign", "NAME=VALUE"},
        {"OTEL_EXPORTER_OTLP_HEADERS", "a=%0d%0ab", "NAME=VALUE"},
        {"OTEL_RESOURCE_ATTRIBUTES", "a", "NAME=VALUE"}}) {
    const auto options = options_of("http://own:3", {{name, value}});
    ASSERT_FALSE(options) << name;
    EXPECT_TRUE(options.error().starts_with(name)) << options.error();
    EXPECT_TRUE(options.error().contains(supported)) << options.error();
  }
  EXPECT_TRUE(options_of("http://own:3", {{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"},
                                          {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}}));
}

TEST(TraceOptions, AnEndpointThatIsNoUrlIsAnError) {
  for (const std::string& bad : {"127.0.0.1:4318", "ftp://example.com", "http://", "grpc://x"}) {
    const auto options = options_of(bad);
    ASSERT_FALSE(options) << bad;
    EXPECT_TRUE(options.error().starts_with("--otlp-endpoint: ")) << options.error();
  }
}

TEST(TraceOptions, RequestsToXRayAreSignedForItsRegion) {
  EXPECT_EQ(options_of("https://xray.eu-west-1.amazonaws.com")->region, "eu-west-1");
  EXPECT_EQ(options_of("https://xray.cn-north-1.amazonaws.com.cn/v1/traces")->region, "cn-north-1");
  for (const std::string& other :
       {"https://example.com", "https://xray.amazonaws.com", "https://xray.a.b.amazonaws.com",
        "https://xray.eu-west-1.amazonaws.com.example.com", "http://127.0.0.1:4318"}) {
    EXPECT_EQ(options_of(other)->region, "") << other;
  }
}

TEST(TraceOptions, HeadersAndAttributesArePercentDecoded) {
  const auto options = options_of(
      "http://own:3", {{"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b%3D, x-tenant = 1 ,"},
                       {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=dev%2C1"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->headers, (OtlpOptions::Pairs{{"api-key", "a b="}, {"x-tenant", "1"}}));
  EXPECT_EQ(attribute(*options, "deployment.environment.name"), "dev,1");
}

TEST(TraceOptions, TheResourceDescribesTheProcess) {
  const auto plain = options_of("http://own:3");
  EXPECT_EQ(attribute(*plain, "service.name"), "picus");
  EXPECT_EQ(attribute(*plain, "service.instance.id").size(), 36U);
  EXPECT_EQ(attribute(*plain, "telemetry.sdk.language"), "cpp");
  EXPECT_EQ(attribute(*plain, "cloud.provider"), "");
  const Environment function{{"AWS_LAMBDA_FUNCTION_NAME", "picus-delete"},
                             {"AWS_LAMBDA_FUNCTION_VERSION", "7"},
                             {"OTEL_RESOURCE_ATTRIBUTES", "service.name=given,cloud.region=x"}};
  const auto named = otlp_options({.otlp_endpoint = "http://own:3"}, function, "eu-west-1");
  EXPECT_EQ(attribute(*named, "service.name"), "given");
  EXPECT_EQ(attribute(*named, "cloud.provider"), "aws");
  EXPECT_EQ(attribute(*named, "cloud.region"), "x");
  EXPECT_EQ(attribute(*named, "faas.name"), "picus-delete");
  EXPECT_EQ(attribute(*named, "faas.version"), "7");
  const auto chosen = otlp_options({.otlp_endpoint = "http://own:3", .service_name = "mine"},
                                   function, "eu-west-1");
  EXPECT_EQ(attribute(*chosen, "service.name"), "mine");
}

}  // namespace
}  // namespace picus
