#include "api/problem.h"

#include <utility>

#include "core/concat.h"
#include "json/text.h"

namespace picus {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  json::append_string(out, name);
  out += ':';
  json::append_string(out, value);
  out += ',';
}

}  // namespace

Response problem_response(Error error, std::string_view request_id) {
  const ErrorTraits error_traits = traits(error.code());
  std::string body = "{";
  append_member(body, "type", "urn:picus:problem:" + std::string(error_traits.name));
  append_member(body, "title", error_traits.title);
  body += concat("\"status\":", error_traits.status, ",");
  append_member(body, "detail", error.message());
  append_member(body, "code", error_traits.name);
  append_member(body, "request_id", request_id);
  body += error_traits.retryable ? "\"retryable\":true" : "\"retryable\":false";
  if (!error.members().empty()) body.append(",").append(error.members());
  body += '}';

  Response response;
  response.headers.reserve(6);
  response.status = error_traits.status;
  response.set("Content-Type", "application/problem+json");
  response.set("Cache-Control", "no-store");
  if (const auto wait = error.retry_after()) {
    response.set("Retry-After", std::to_string(wait->count()));
  }
  if (error.code() == ErrorCode::unsupported_encoding) {
    response.set("Accept-Encoding", "gzip");  // RFC 9110, 15.5.16
  }
  response.body = std::move(body);
  response.error = std::move(error);
  return response;
}

}  // namespace picus
