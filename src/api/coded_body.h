#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/budget.h"
#include "api/gunzip.h"
#include "api/http.h"
#include "core/byte_stream.h"
#include "core/error.h"
#include "core/turn.h"

namespace picus {

enum class Coding : std::uint8_t { identity, gzip };

/// The Content-Encoding of the body of a request (RFC 9110, 8.4). `x-gzip` is gzip. Errors:
/// unsupported_encoding, also for several codings.
Result<Coding> content_coding(const Request& request);

/// The text of a gzip body. Its size is not known in advance. It is limited by the reader, and in
/// proportion to the compressed data.
class GunzipBody final : public ByteStream {
 public:
  /// `coded` may be nullptr; it and `memory` outlive this object.
  GunzipBody(ByteStream* coded, Budget& memory) : coded_(coded), memory_(memory) {}

  /// Errors: bad_request (the data is not gzip, damaged or truncated), body_too_large (the text is
  /// too long in proportion to the data), overloaded (no memory left), and those of `coded`.
  asio::awaitable<Result<std::string_view>> read() override;

  /// Whether the text so far and this number of bytes are too long in proportion to the data.
  [[nodiscard]] bool expands_too_far(std::uint64_t more_bytes) const;
  [[nodiscard]] static std::unexpected<Error> too_large();
  /// Whether the last error of read() is one of `coded`, not of the data.
  [[nodiscard]] bool is_interrupted() const { return is_interrupted_; }

 private:
  /// Of the data that is there; empty: there is no more.
  Result<std::string_view> next_text();
  asio::awaitable<Result<std::string_view>> refill();
  [[nodiscard]] std::unexpected<Error> damaged() const;

  ByteStream* coded_;
  Budget::Share memory_;
  std::optional<Gunzip> gunzip_;  // set when enough data is there, or its end
  std::string early_;             // the data before that
  std::uint64_t coded_bytes_ = 0;
  std::uint64_t text_bytes_ = 0;
  Turn turn_;
  bool is_interrupted_ = false;
};

/// The body of a request without its Content-Encoding.
class DecodedBody {
 public:
  /// `request.body` and `memory` outlive it.
  DecodedBody(const Request& request, Coding coding, Budget& memory) : coded_(request.body) {
    if (coding == Coding::gzip) gunzip_ = std::make_unique<GunzipBody>(coded_, memory);
  }

  /// The text; nullptr: the request has no body.
  [[nodiscard]] ByteStream* text() const { return gunzip_ ? gunzip_.get() : coded_; }
  /// As the client sends it.
  [[nodiscard]] ByteStream* coded() const { return coded_; }
  /// The decoder; nullptr: there is no coding.
  [[nodiscard]] GunzipBody* gunzip() const { return gunzip_.get(); }

 private:
  ByteStream* coded_;
  std::unique_ptr<GunzipBody> gunzip_;
};

}  // namespace picus
