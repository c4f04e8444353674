#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/credentials/credentials.h"
#include "aws/sigv4.h"
#include "net/client/http_pool.h"

namespace picus::aws {

/// An API of AWS. Static texts.
struct Service {
  std::string_view name;          ///< in messages: `DynamoDB`
  std::string_view signing_name;  ///< in signatures: `dynamodb`
  std::string_view content_type;  ///< `application/x-amz-json-1.0`
  /// `DynamoDB_20120810.`; empty: the Query protocol, whose body names the operation, and whose
  /// responses are XML.
  std::string_view target_prefix;
  std::string_view failure_event;  ///< the log event of a failed call

  [[nodiscard]] bool is_json() const { return !target_prefix.empty(); }
};

inline constexpr Service kDynamoDb{.name = "DynamoDB",
                                   .signing_name = "dynamodb",
                                   .content_type = "application/x-amz-json-1.0",
                                   .target_prefix = "DynamoDB_20120810.",
                                   .failure_event = "dynamodb-call-failed"};
inline constexpr Service kCodeDeploy{.name = "CodeDeploy",
                                     .signing_name = "codedeploy",
                                     .content_type = "application/x-amz-json-1.1",
                                     .target_prefix = "CodeDeploy_20141006.",
                                     .failure_event = "codedeploy-call-failed"};
/// Its failures are reported, not logged.
inline constexpr Service kSts{.name = "STS",
                              .signing_name = "sts",
                              .content_type = "application/x-www-form-urlencoded; charset=utf-8",
                              .target_prefix = {},
                              .failure_event = {}};

/// The request of a response: for checks and messages.
struct AskedService {
  const Service& service;
  std::string_view endpoint;   ///< `https://dynamodb.eu-west-1.amazonaws.com`
  std::string_view operation;  ///< `GetItem`
};

/// A service at an endpoint: makes requests. Thread-safe.
class ServiceEndpoint {
 public:
  /// `endpoint`: `https://dynamodb.eu-west-1.amazonaws.com`, `http://127.0.0.1:8000`. `path`: `/`.
  ServiceEndpoint(const Service& service, std::string endpoint, std::string path,
                  std::string region);

  /// `operation`: `GetItem`. `body`: its parameters as JSON, or a form with operation, version and
  /// parameters; outlives the request. `credentials`: null: without a signature. `now`: its time.
  net::HttpRequest request(std::string_view operation, std::string_view body,
                           const Credentials* credentials,
                           std::chrono::system_clock::time_point now);

  /// The expected properties of a response to such a request. `operation` outlives it.
  [[nodiscard]] AskedService asked(std::string_view operation) const {
    return {.service = service_, .endpoint = endpoint_, .operation = operation};
  }

  [[nodiscard]] const Service& service() const { return service_; }

 private:
  Service service_;
  std::string endpoint_;
  std::string path_;
  std::string host_;
  Signer signer_;
};

}  // namespace picus::aws
