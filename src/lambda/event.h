#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http.h"

namespace picus::lambda {

/// The source of an event of an HTTP request. It determines the format of the event and of its
/// response.
enum class Source : std::uint8_t {
  alb,              ///< a load balancer
  alb_multi_value,  ///< a load balancer whose target group has multi-value headers
  rest_api,         ///< API Gateway, REST API
  http_api_1,       ///< API Gateway, HTTP API with payload format 1.0
  http_api_2,       ///< API Gateway, HTTP API with payload format 2.0
  function_url,
};

/// `alb-multi-value`, for the log.
std::string_view name_of(Source source);

/// The HTTP request of an event.
struct Event {
  Source source;
  Method method = Method::other;
  std::string method_text = {};
  std::string target = {};  ///< as a server would receive it: percent-encoded, without `prefix`
  /// The prefix of the path of the client: a base path or a stage; usually empty.
  std::string prefix = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  /// The ARN of the caller, if the source has authorized the request with IAM; otherwise empty.
  std::string iam_caller = {};
};

/// Why there is no request in an event. The reason contains nothing of the event.
struct NoEvent {
  /// The source of a malformed request; nothing: the event is not a request of a known source, and
  /// may be anything, such as messages of a queue or a request to an authorizer.
  std::optional<Source> source;
  std::string reason;
};

/// Parses an event; its content determines its source. Accepts any text. `base_path`: of a custom
/// domain, as in `/store`, which is removed from paths that have it; empty: none.
std::expected<Event, NoEvent> decode_event(std::string_view text, std::string_view base_path = {});

}  // namespace picus::lambda
