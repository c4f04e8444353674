#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/http.h"

namespace picus {

/// A whole request body in memory. `stream` may be nullptr and outlives it.
class RequestBody {
 public:
  RequestBody(ByteStream* stream, std::size_t max_bytes) : stream_(stream), max_bytes_(max_bytes) {}

  /// The text, valid as long as this object and until the stream is read again; not copied where it
  /// came in one piece. Errors: body_too_large (at once where the size is told beforehand), and the
  /// stream's.
  asio::awaitable<Result<std::string_view>> read_all();

 private:
  [[nodiscard]] std::unexpected<Error> too_large() const;

  ByteStream* stream_;
  std::size_t max_bytes_;
  std::string text_;
};

}  // namespace picus
