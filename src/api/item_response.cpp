#include "api/item_response.h"

#include <utility>

#include "api/routes.h"
#include "core/concat.h"
#include "core/percent_encoding.h"
#include "json/text.h"

namespace picus {
namespace {

/// In a path, clients remove the segments `.` and `..` before they send a request, also if they are
/// percent-encoded (RFC 3986, 5.2.4; WHATWG URL, 4.4).
std::string location_of(const Key& key) {
  const std::string_view text = key.text();
  if (text == "." || text == "..") return concat("/picus/get?key=", text);
  return concat(route_of(Operation::get).prefix, percent_encode(text));
}

}  // namespace

Response json_response(std::string body) {
  Response response;
  response.headers.reserve(6);
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

Response put_response(const Key& key, const Etag& etag, PutOutcome outcome) {
  std::string body = R"({"id":)";
  json::append_string(body, key.text());
  body += '}';
  Response response = json_response(std::move(body));
  response.status = outcome.created ? 201 : 200;
  if (outcome.created) {
    response.set("Location", location_of(key));
  }
  response.set("ETag", quoted(etag));
  if (outcome.replayed) response.set("Idempotency-Replayed", "true");
  return response;
}

std::string quoted(const Etag& etag) {
  std::string text;
  text.reserve(Etag::kBytes + 2);
  text += '"';
  text += etag.text();
  text += '"';
  return text;
}

std::unexpected<Error> too_many_requests() {
  return failure(ErrorCode::overloaded,
                 "The server has reached its limit of requests; retry later.");
}

}  // namespace picus
