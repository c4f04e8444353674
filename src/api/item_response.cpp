#include "api/item_response.h"

#include <utility>

namespace picus {

Response json_response(std::string body) {
  Response response;
  response.headers.reserve(6);
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.body = std::move(body);
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
