#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.h"

namespace picus {

namespace asio = boost::asio;

/// Bytes that arrive in pieces.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// The next piece, valid until the next call; an empty piece is the end.
  /// Errors: of a request's body: request_timeout, bad_request (framing, or the client closed the
  /// connection); of a response's body: those of the store.
  virtual asio::awaitable<Result<std::string_view>> read() = 0;

  /// The total number of bytes, if it is known in advance.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

}  // namespace picus
