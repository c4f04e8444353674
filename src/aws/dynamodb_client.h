#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials/credentials.h"

namespace picus {
class Log;
namespace net {
class HttpPool;
}
}  // namespace picus

namespace picus::aws {

/// Why a call has no answer.
struct CallError {
  enum class Kind : std::uint8_t {
    condition_failed,  ///< ConditionalCheckFailedException; `body` has the item if it was asked for
    throttled,         ///< still after the retries
    unavailable,  ///< no connection, 5xx, credentials missing or refused, AccessDenied, no table
    deadline_exceeded,  ///< no answer in time, in the last attempt that time was left for
    not_the_service,    ///< what responds is something else; `message` is a sentence about it
    item_too_large,     ///< ValidationException about the item's size
    refused,            ///< any other 4xx: a mistake of this program
  };
  Kind kind;
  std::string code;  ///< AWS's: `ProvisionedThroughputExceededException`; empty without an answer
  std::string message;  ///< AWS's words or the network's: for the log, never for a client
  std::string body;     ///< the whole error document
  /// An attempt went out whose answer was lost: it may have taken effect. Also true where a later
  /// attempt was answered.
  bool uncertain = false;
};

struct CallAnswer {
  std::string body;        ///< JSON
  bool uncertain = false;  ///< as in CallError: an earlier attempt may have taken effect too
};

/// DynamoDB's API: one signed POST a call, over kept-alive connections, with the SDKs' standard
/// retries. Thread-safe.
class DynamoDbClient {
 public:
  struct Options {
    std::string endpoint;  ///< `https://dynamodb.eu-west-1.amazonaws.com`, `http://127.0.0.1:8000`
    std::string region;
    std::chrono::milliseconds attempt_timeout{1000};
    unsigned max_attempts = 4;  ///< the SDKs' number for DynamoDB
    // For tests: the clock that signs, and what jitter comes from.
    std::function<std::chrono::system_clock::time_point()> now = {};
    std::optional<std::uint64_t> seed = {};
  };

  /// `pool`, `credentials` and `log` outlive it. Opens no connection.
  DynamoDbClient(net::HttpPool& pool, CredentialsSource& credentials, Options options, Log& log);
  ~DynamoDbClient();

  /// Whose budget of retries a call takes from: what is one of thousands must not use up that of
  /// requests for one item.
  enum class Share : std::uint8_t { single, bulk };

  /// `operation`: `GetItem`. `body`: its parameters as JSON. `trace`: what the call belongs to,
  /// sent on as X-Amzn-Trace-Id; empty: nothing.
  asio::awaitable<std::expected<CallAnswer, CallError>> call(
      std::string operation, std::string body, std::chrono::steady_clock::time_point deadline,
      std::string trace = {}, Share share = Share::single);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::aws
