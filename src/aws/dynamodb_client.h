#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/call_error.h"
#include "aws/credentials/credentials.h"
#include "core/trace.h"

namespace picus {
class Log;
namespace net {
class HttpPool;
}
}  // namespace picus

namespace picus::aws {

struct CallAnswer {
  std::string body;        ///< JSON
  bool uncertain = false;  ///< as in CallError: an earlier attempt may have taken effect too
};

/// The API of DynamoDB: one signed POST per call, over keep-alive connections, with the standard
/// retries of the SDKs. Thread-safe.
class DynamoDbClient {
 public:
  struct Options {
    std::string endpoint;  ///< `https://dynamodb.eu-west-1.amazonaws.com`, `http://127.0.0.1:8000`
    std::string region;
    std::chrono::milliseconds attempt_timeout{1000};
    unsigned max_attempts = 4;  ///< that of the SDKs for DynamoDB
    // For tests: the clock for signatures, and the source of jitter.
    std::function<std::chrono::system_clock::time_point()> now = {};
    std::optional<std::uint64_t> seed = {};
  };

  /// `pool`, `credentials` and `log` outlive it. Opens no connection.
  DynamoDbClient(net::HttpPool& pool, CredentialsSource& credentials, Options options, Log& log);
  ~DynamoDbClient();

  /// The retry budget of a call: calls of a bulk operation must not use up that of requests for one
  /// item.
  enum class Share : std::uint8_t { single, bulk };

  /// `operation`: `GetItem`. `body`: its parameters as JSON. `trace`: forwarded as X-Amzn-Trace-Id.
  asio::awaitable<std::expected<CallAnswer, CallError>> call(
      std::string operation, std::string body, std::chrono::steady_clock::time_point deadline,
      TraceContext trace = {}, Share share = Share::single);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::aws
