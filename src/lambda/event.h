#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http.h"

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
  std::string target = {};  ///< as a server would have got it: percent-encoded, without a stage
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

/// Why there is no request in an event. The reason holds nothing of the event.
struct NoEvent {
  std::optional<Source> source;  ///< where that much could be seen
  std::string reason;
};

/// Reads an event; what it is, is told by its content. Takes any text.
std::expected<Event, NoEvent> decode_event(std::string_view text);

}  // namespace picus::lambda
