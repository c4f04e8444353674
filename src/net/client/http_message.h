#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/byte_stream.h"

namespace picus::net {

struct RequestHeader {
  /// Static text.
  std::string_view name;
  std::string value;
};

struct HttpRequest {
  std::string origin = {};                  ///< for a pool: `https://host`, `http://127.0.0.1:8000`
  std::string method = {};                  ///< `GET`
  std::string target = {};                  ///< `/picus/list?limit=10`
  std::vector<RequestHeader> headers = {};  ///< without Host and those that frame the body
  std::string_view body = {};               ///< outlives the call
  /// In place of `body`: sent chunked unless its size is known. Outlives the call.
  ByteStream* stream = nullptr;
  bool dial_anew = false;  ///< for a pool: use a new connection, not an idle one
  bool cut_body = false;   ///< for a pool: a response body that is too long is truncated, no error
};

struct ResponseHead {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< names in lower case
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
};

/// A response with its whole body in memory.
struct HttpResponse : ResponseHead {
  std::string body = {};
  bool is_cut = false;  ///< the body was truncated
};

/// The head of a request as text, to its empty line.
std::string head_of(const HttpRequest& request, std::string_view authority);

}  // namespace picus::net
