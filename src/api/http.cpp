#include "api/http.h"

#include <algorithm>
#include <utility>

#include "auth/principal.h"
#include "core/ascii.h"

namespace picus {

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const HeaderView& header) { return equals_ignoring_case(header.name, name); });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

bool Request::repeats(std::string_view name) const {
  return std::ranges::count_if(headers, [&](const HeaderView& header) {
           return equals_ignoring_case(header.name, name);
         }) > 1;
}

Method method_of(std::string_view name) {
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::del, Method::options}) {
    if (name == name_of(method)) return method;
  }
  return Method::other;
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      break;
  }
  return "";
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "";  // a reason phrase is optional (RFC 9112, 4)
  }
}

void Response::set(std::string_view name, std::string value) {
  headers.push_back({name, std::move(value)});
}

void Response::vary(std::string_view name) {
  const auto field = std::ranges::find(headers, std::string_view("Vary"), &Header::name);
  if (field == headers.end()) return set("Vary", std::string(name));
  field->value.append(", ").append(name);
}

std::string_view Response::request_id() const {
  const auto found = std::ranges::find(headers, kRequestIdHeader, &Header::name);
  return found == headers.end() ? std::string_view() : found->value;
}

AccessRecord Response::access_record() const {
  return {.route = route,
          .unmatched_path = unmatched_path,
          .status = status,
          .request_id = request_id(),
          .trace = trace.is_none() ? nullptr : &trace,
          .principal = principal ? principal->label() : std::string_view(),
          .error = error ? &*error : nullptr,
          .milliunits = trace.shared ? trace.shared->milliunits.load() : 0};
}

}  // namespace picus
