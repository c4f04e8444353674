#pragma once

#include <string>
#include <string_view>

/// For tests: events as their sources make them.
namespace picus::lambda {

inline std::string alb(std::string_view members) {
  return R"({"requestContext":{"elb":{"targetGroupArn":"arn:aws:elasticloadbalancing:x"}},)" +
         std::string(members) + "}";
}

inline std::string rest_api(std::string_view members) {
  return R"({"resource":"/{proxy+}","requestContext":{"stage":"prod","path":"/prod/x"},)" +
         std::string(members) + "}";
}

inline std::string version_2(std::string_view domain, std::string_view stage,
                             std::string_view method, std::string_view path,
                             std::string_view query) {
  return R"({"version":"2.0","routeKey":"$default","rawPath":")" + std::string(path) +
         R"(","rawQueryString":")" + std::string(query) +
         R"(","headers":{"host":"x"},"requestContext":{"domainName":")" + std::string(domain) +
         R"(","stage":")" + std::string(stage) + R"(","http":{"method":")" + std::string(method) +
         R"(","path":"ignored"}},"isBase64Encoded":false})";
}

inline std::string http_api_2(std::string_view method, std::string_view path,
                              std::string_view query) {
  return version_2("a.execute-api.eu-west-1.amazonaws.com", "prod", method, path, query);
}

inline std::string function_url(std::string_view method, std::string_view path,
                                std::string_view query) {
  return version_2("a.lambda-url.eu-west-1.on.aws", "$default", method, path, query);
}

}  // namespace picus::lambda
