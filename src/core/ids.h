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

/// Generates UUIDs and tokens. Thread-safe.
class IdSource {
 public:
  using Clock = std::function<std::chrono::milliseconds()>;           ///< Unix time
  using Random = std::function<void(std::span<std::uint8_t> bytes)>;  ///< fills all of it

  /// Uses the clock of the system and getrandom(2).
  IdSource();
  IdSource(Clock clock, Random random);
  ~IdSource();

  /// How far the clock can be set back without an effect on the order of ids.
  static constexpr std::chrono::milliseconds kMostStepBack{10'000};

  /// A UUIDv7 (RFC 9562, 5.7). UUIDs of one source sort in the order of their creation, also within
  /// a millisecond and when the clock is set back by at most kMostStepBack (method 1 of RFC 9562,
  /// 6.2: a counter in rand_a). If it is set back further, the clock was ahead, and new ids follow
  /// the corrected clock.
  std::string uuid7();

  /// 128 random bits, base64url: 22 characters.
  std::string token();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The hash of the name of a caller and an Idempotency-Key: identifies a request and its retries.
IdempotencyHash idempotency_hash(std::string_view caller, std::string_view idempotency_key);

/// The id of an item that is put with an Idempotency-Key and without an `id`: a UUIDv8 (RFC 9562,
/// 5.8) of the hash, so that a retry on any server finds the first write.
std::string uuid8(const IdempotencyHash& hash);

}  // namespace picus
