#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "aws/credentials/credentials.h"
#include "aws/service_answer.h"
#include "aws/sigv4.h"
#include "net/client/http_pool.h"

namespace picus::aws {

/// The properties of a service with a JSON protocol of AWS. Static texts.
struct JsonProtocol {
  std::string_view name;           ///< in messages: `DynamoDB`
  std::string_view service;        ///< in signatures: `dynamodb`
  std::string_view content_type;   ///< `application/x-amz-json-1.0`
  std::string_view target_prefix;  ///< `DynamoDB_20120810.`
};

/// Makes signed requests for such a service. Thread-safe.
class JsonService {
 public:
  /// `endpoint`: `https://dynamodb.eu-west-1.amazonaws.com`, `http://127.0.0.1:8000`
  JsonService(JsonProtocol protocol, std::string endpoint, std::string region);

  /// `operation`: `GetItem`. `body`: its parameters as JSON; outlives the request. `now`: the time
  /// of the signature.
  net::PooledRequest request(std::string_view operation, std::string_view body,
                             const Credentials& credentials,
                             std::chrono::system_clock::time_point now);

  /// The expected properties of a response to such a request. `operation` outlives it.
  [[nodiscard]] AskedService asked(std::string_view operation) const {
    return {.name = protocol_.name,
            .service = protocol_.service,
            .endpoint = endpoint_,
            .operation = operation};
  }

 private:
  JsonProtocol protocol_;
  std::string endpoint_;
  std::string host_;
  Signer signer_;
};

}  // namespace picus::aws
