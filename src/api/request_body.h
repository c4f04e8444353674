#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "api/budget.h"
#include "api/http.h"
#include "core/error.h"

namespace picus {

/// The memory that one request's body takes of what those of all requests may take together.
class BodyMemory {
 public:
  /// So many bytes are free of charge: they lie in a buffer that each connection has anyway.
  static constexpr std::size_t kFreeBytes = 4096;

  /// `all` outlives it.
  explicit BodyMemory(Budget& all) : share_(all) {}

  /// Takes room for `bytes`, and for more to come up to `most`, so that it grows seldom. False:
  /// there is not so much left.
  [[nodiscard]] bool hold(std::size_t bytes, std::size_t most);
  /// Gives back what is beyond `bytes`.
  void shrink_to(std::size_t bytes) { share_.shrink_to(bytes); }
  [[nodiscard]] std::size_t held() const { return share_.amount(); }

 private:
  Budget::Share share_;
};

/// A whole request body in memory: up to `max_bytes`, and kAddedIdBytes more, for read_item() to
/// judge. `stream` may be nullptr; it and `memory` outlive this object.
class RequestBody {
 public:
  RequestBody(ByteStream* stream, std::size_t max_bytes, Budget& memory)
      : stream_(stream), max_bytes_(max_bytes), memory_(memory) {}

  /// The text, valid as long as this object and until the stream is read again; not copied where it
  /// came in one piece. Of an array only the piece that begins it: the stream has the rest.
  /// Errors: body_too_large (as soon as the first character is there, where the size is known),
  /// overloaded (the bodies of all requests together take too much memory), and the stream's.
  asio::awaitable<Result<std::string_view>> read_all();
  /// Whether the first character that is no white space is the `[` of an array.
  [[nodiscard]] bool begins_array() const { return begins_array_; }

 private:
  ByteStream* stream_;
  std::size_t max_bytes_;
  BodyMemory memory_;
  std::string text_;
  bool begins_array_ = false;
};

}  // namespace picus
