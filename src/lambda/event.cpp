#include "lambda/event.h"

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <stdexcept>

#include "core/base64.h"
#include "lambda/event_target.h"

namespace picus::lambda {

namespace json = boost::json;

namespace {

/// An event is not what its source makes; caught in decode_event().
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A member that is there and not null.
const json::value* member(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string_view text_of(const json::value& value, std::string_view name) {
  const json::string* const text = value.if_string();
  if (text == nullptr) throw Malformed(std::string(name) + " is not a string");
  return {text->data(), text->size()};
}

/// Empty where it is absent.
std::string_view text_member(const json::object& object, std::string_view name) {
  const json::value* const found = member(object, name);
  return found == nullptr ? std::string_view() : text_of(*found, name);
}

/// Nothing where it is absent.
const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* const found = member(object, name);
  if (found == nullptr) return nullptr;
  if (!found->is_object()) throw Malformed(std::string(name) + " is not an object");
  return &found->get_object();
}

bool flag_member(const json::object& object, std::string_view name) {
  const json::value* const found = member(object, name);
  if (found == nullptr) return false;
  if (!found->is_bool()) throw Malformed(std::string(name) + " is neither true nor false");
  return found->get_bool();
}

/// Calls `take(name, value)` for each value of a list.
template <typename Take>
void for_each_value(const json::key_value_pair& pair, std::string_view many, Take take) {
  if (!pair.value().is_array()) throw Malformed(std::string(many) + " does not contain lists");
  for (const json::value& value : pair.value().get_array()) {
    take(std::string_view(pair.key()), text_of(value, many));
  }
}

/// Calls `take(name, value)` for each pair: of the map of lists where there is one, else of the
/// map.
template <typename Take>
void for_each_pair(const json::object& event, std::string_view one, std::string_view many,
                   Take take) {
  if (const json::object* const lists = object_member(event, many)) {
    for (const json::key_value_pair& pair : *lists) for_each_value(pair, many, take);
    return;
  }
  const json::object* const map = object_member(event, one);
  if (map == nullptr) return;
  for (const json::key_value_pair& pair : *map) {
    take(std::string_view(pair.key()), text_of(pair.value(), one));
  }
}

/// What an event asks for that has much of a request and is none; empty: nothing of the kind. To
/// carry it out would do what somebody is only asked to allow.
std::string_view other_purpose(const json::object& event) {
  for (const std::string_view name : {"methodArn", "routeArn", "type"}) {
    if (member(event, name) != nullptr) {
      return "it is for an authorizer, and this function is not an authorizer";
    }
  }
  const json::value* const context = member(event, "requestContext");
  if (context == nullptr || !context->is_object()) return {};
  for (const std::string_view name : {"connectionId", "messageDirection"}) {
    if (member(context->get_object(), name) != nullptr) {
      return "it is from a WebSocket API, which this function does not support";
    }
  }
  return {};
}

std::optional<Source> source_of_context(const json::object& event, const json::object& context) {
  if (context.contains("elb")) {
    const bool many = member(event, "multiValueHeaders") != nullptr;
    return many ? Source::alb_multi_value : Source::alb;
  }
  const json::value* const version = member(event, "version");
  if (version != nullptr && *version == "2.0" && member(context, "http") != nullptr) {
    const json::value* const domain = member(context, "domainName");
    const bool is_url = domain != nullptr && domain->is_string() &&
                        std::string_view(domain->get_string()).contains(".lambda-url.");
    return is_url ? Source::function_url : Source::http_api_2;
  }
  if (member(event, "httpMethod") == nullptr || member(event, "resource") == nullptr) {
    return std::nullopt;
  }
  return version != nullptr && *version == "1.0" ? Source::http_api_1 : Source::rest_api;
}

std::optional<Source> source_of(const json::object& event) {
  const json::value* const context = member(event, "requestContext");
  if (context == nullptr || !context->is_object()) return std::nullopt;
  return source_of_context(event, context->get_object());
}

std::string query_written(const json::object& event, std::string path) {
  Query query;
  for_each_pair(
      event, "queryStringParameters", "multiValueQueryStringParameters",
      [&](std::string_view name, std::string_view value) { query.add_written(name, value); });
  return query.after(std::move(path));
}

std::string query_decoded(const json::object& event, std::string path) {
  Query query;
  for_each_pair(
      event, "queryStringParameters", "multiValueQueryStringParameters",
      [&](std::string_view name, std::string_view value) { query.add_decoded(name, value); });
  return query.after(std::move(path));
}

std::string written_path(std::string_view path) {
  std::string written;
  append_written(written, path, "?#");
  return written;
}

std::string raw_query(const json::object& event, std::string path) {
  const std::string_view query = text_member(event, "rawQueryString");
  if (query.empty()) return path;
  path += '?';
  append_written(path, query, "#");
  return path;
}

bool is_version_2(Source source) {
  return source == Source::http_api_2 || source == Source::function_url;
}

/// A path, and what was before it.
struct Way {
  std::string_view path;
  std::string prefix;
};

/// Without a base path and a stage. A REST API leaves the stage out, but not on a custom domain
/// whose mapping names none.
Way way_of(Source source, const json::object& event, std::string_view base_path) {
  const json::object& context = *object_member(event, "requestContext");
  const std::string_view whole = text_member(event, is_version_2(source) ? "rawPath" : "path");
  Way way{.path = whole, .prefix = {}};
  if (const auto rest = without_prefix(way.path, base_path)) way = {*rest, std::string(base_path)};
  const std::string_view stage = text_member(context, "stage");
  if (stage.empty() || stage == "$default") return way;
  const std::string segment = "/" + std::string(stage);
  const bool is_rest = source == Source::rest_api;
  const std::string_view asked = text_member(context, "path");
  const bool is_left_out = is_rest && !asked.empty() && asked != whole;
  const auto rest = is_left_out ? std::nullopt : without_prefix(way.path, segment);
  if (rest) way.path = *rest;
  // At API Gateway's own domains, and where a REST API leaves it in, it is of the client's path.
  const bool is_own = text_member(context, "domainName").contains(".execute-api.");
  if (is_left_out ? is_own : rest && (is_own || is_rest)) way.prefix += segment;
  return way;
}

/// How each source tells of path and query: some decode them, some do not.
std::string target_of(Source source, const json::object& event, std::string_view path) {
  switch (source) {
    case Source::alb:
    case Source::alb_multi_value:
      return query_written(event, written_path(path));
    case Source::rest_api:
      return query_decoded(event, written_path(path));
    case Source::http_api_1:
      return query_decoded(event, encode_path(path));
    case Source::http_api_2:
      return raw_query(event, encode_path(path));
    case Source::function_url:
      return raw_query(event, written_path(path));
  }
  std::unreachable();
}

std::string_view method_member(Source source, const json::object& event) {
  if (!is_version_2(source)) return text_member(event, "httpMethod");
  const json::object& context = *object_member(event, "requestContext");
  return text_member(*object_member(context, "http"), "method");
}

std::string body_of(const json::object& event) {
  const std::string_view text = text_member(event, "body");
  if (!flag_member(event, "isBase64Encoded")) return std::string(text);
  auto bytes = decode_base64(text);
  if (!bytes) throw Malformed("body is not base64");
  return std::move(*bytes);
}

/// Who IAM has let call this method and path: API Gateway and function URLs tell it in the context,
/// which no client writes. Empty: nobody was asked.
std::string iam_caller_of(Source source, const json::object& event) {
  const json::object& context = *object_member(event, "requestContext");
  switch (source) {
    case Source::alb:
    case Source::alb_multi_value:
      return {};
    case Source::rest_api:
    case Source::http_api_1: {
      const json::object* const identity = object_member(context, "identity");
      return identity == nullptr ? std::string() : std::string(text_member(*identity, "userArn"));
    }
    case Source::http_api_2:
    case Source::function_url: {
      const json::object* const authorizer = object_member(context, "authorizer");
      const auto* const iam = authorizer == nullptr ? nullptr : object_member(*authorizer, "iam");
      return iam == nullptr ? std::string() : std::string(text_member(*iam, "userArn"));
    }
  }
  std::unreachable();
}

Event read_event(Source source, const json::object& event, std::string_view base_path) {
  Event request{.source = source};
  request.method_text = method_member(source, event);
  request.method = method_of(request.method_text);
  Way way = way_of(source, event, base_path);
  request.target = target_of(source, event, way.path);
  request.prefix = std::move(way.prefix);
  if (!request.target.starts_with('/')) throw Malformed("the path does not start with a slash");
  for_each_pair(event, "headers", "multiValueHeaders",
                [&](std::string_view name, std::string_view value) {
                  request.headers.emplace_back(name, value);
                });
  request.body = body_of(event);
  request.iam_caller = iam_caller_of(source, event);
  return request;
}

}  // namespace

std::string_view name_of(Source source) {
  switch (source) {
    case Source::alb:
      return "alb";
    case Source::alb_multi_value:
      return "alb-multi-value";
    case Source::rest_api:
      return "rest-api";
    case Source::http_api_1:
      return "http-api-1";
    case Source::http_api_2:
      return "http-api-2";
    case Source::function_url:
      return "function-url";
  }
  std::unreachable();
}

std::expected<Event, NoEvent> decode_event(std::string_view text, std::string_view base_path) {
  json::monotonic_resource memory;
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error, &memory);
  if (error) return std::unexpected(NoEvent{.source = {}, .reason = "it is not JSON"});
  const json::object* const event = value.if_object();
  if (const auto purpose = event == nullptr ? std::string_view() : other_purpose(*event);
      !purpose.empty()) {
    return std::unexpected(NoEvent{.source = {}, .reason = std::string(purpose)});
  }
  const auto source = event == nullptr ? std::nullopt : source_of(*event);
  if (!source) {
    return std::unexpected(NoEvent{
        .source = {}, .reason = "it is not from a load balancer, API Gateway or a function URL"});
  }
  try {
    return read_event(*source, *event, base_path);
  } catch (const Malformed& malformed) {
    return std::unexpected(NoEvent{.source = source, .reason = malformed.what()});
  }
}

}  // namespace picus::lambda
