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

/// Who made an event of an HTTP request. It says how the event is read, and how its answer looks.
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

/// The HTTP request that an event tells of.
struct Event {
  Source source;
  Method method = Method::other;
  std::string method_text = {};
  std::string target = {};  ///< as a server would have got it: percent-encoded, without `prefix`
  std::string prefix = {};  ///< of the client's path: a base path, a stage; mostly empty
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

/// Why there is no request in an event. The reason holds nothing of the event.
struct NoEvent {
  /// Of a request that is malformed; nothing: the event is no request of a known source, and may
  /// be anything, as messages of a queue or the question of an authorizer.
  std::optional<Source> source;
  std::string reason;
};

/// Reads an event; what it is, is told by its content. Takes any text. `base_path`: of a custom
/// domain, as in `/store`, which is cut off where a path has it; empty: none.
std::expected<Event, NoEvent> decode_event(std::string_view text, std::string_view base_path = {});

}  // namespace picus::lambda
