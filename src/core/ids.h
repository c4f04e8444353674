#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/store.h"

namespace picus {

/// Makes UUIDs and tokens. Thread-safe.
class IdSource {
 public:
  using Clock = std::function<std::chrono::milliseconds()>;           ///< Unix time
  using Random = std::function<void(std::span<std::uint8_t> bytes)>;  ///< fills all of it

  /// The system's clock and getrandom(2).
  IdSource();
  IdSource(Clock clock, Random random);
  ~IdSource();

  /// How far the clock may step back without an effect on the order of ids.
  static constexpr std::chrono::milliseconds kMostStepBack{10'000};

  /// A UUIDv7 (RFC 9562, 5.7). Those of one source sort in the order they were made, also within a
  /// millisecond and when the clock steps back by kMostStepBack or less (method 1 of RFC 9562, 6.2:
  /// a counter in rand_a). When it steps back further, it was ahead: ids follow it.
  std::string uuid7();

  /// 128 random bits, base64url: 22 characters.
  std::string token();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Who retries what: the hash of a caller's name and their Idempotency-Key.
IdempotencyHash idempotency_hash(std::string_view caller, std::string_view idempotency_key);

/// The id of an item that a put with an Idempotency-Key and without an `id` makes: a UUIDv8 (RFC
/// 9562, 5.8) of the hash, so that a retry on any server meets its own first write.
std::string uuid8(const IdempotencyHash& hash);

}  // namespace picus
