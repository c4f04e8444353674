#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "api/budget.h"
#include "api/http.h"
#include "core/error.h"

namespace picus {

/// The share of one request in the memory for the bodies of all requests.
class BodyMemory {
 public:
  /// The first bytes are not counted: they are in a buffer that each connection has anyway.
  static constexpr std::size_t kFreeBytes = 4096;

  /// `all` outlives it.
  explicit BodyMemory(Budget& all) : share_(all) {}

  /// Takes memory for `bytes`, and for further bytes up to `most`, so that it grows rarely. False:
  /// less is left.
  [[nodiscard]] bool hold(std::size_t bytes, std::size_t most);
  /// Returns the memory beyond `bytes`.
  void shrink_to(std::size_t bytes) { share_.shrink_to(bytes); }
  [[nodiscard]] std::size_t held() const { return share_.amount(); }

 private:
  Budget::Share share_;
};

/// A whole request body in memory: up to `max_bytes`, and kAddedIdBytes more, which read_item()
/// checks. `stream` may be nullptr; it and `memory` outlive this object.
class RequestBody {
 public:
  RequestBody(ByteStream* stream, std::size_t max_bytes, Budget& memory)
      : stream_(stream), max_bytes_(max_bytes), memory_(memory) {}

  /// The text, valid during the lifetime of this object and until the stream is read again; not
  /// copied if it arrived in one piece. Of an array only the first piece: the stream has the rest.
  /// Errors: body_too_large (with the first character, if the size is known), overloaded (the
  /// bodies of all requests have reached the memory limit), and those of the stream.
  asio::awaitable<Result<std::string_view>> read_all();
  /// Whether the first character other than white space is the `[` of an array.
  [[nodiscard]] bool begins_array() const { return begins_array_; }

 private:
  ByteStream* stream_;
  std::size_t max_bytes_;
  BodyMemory memory_;
  std::string text_;
  bool begins_array_ = false;
};

}  // namespace picus
