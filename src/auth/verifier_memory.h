#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "auth/token_cache.h"
#include "auth/verifier.h"

namespace picus::auth {

/// What a thread keeps, so that requests on different threads share nothing that is written.
struct Verifier::ThreadMemory {
  std::uint64_t verifier = 0;
  std::uint64_t generation = 0;
  std::uint64_t keys_version = 0;
  std::shared_ptr<const Rules> rules;
  TokenCache cache;
  std::chrono::sys_seconds second;
  unsigned signatures = 0;  // that were checked in this second

  static constexpr unsigned kSignaturesPerSecond = 1000;

  /// Whether another signature may be checked.
  bool take_signature(std::chrono::sys_seconds now) {
    if (now != second) signatures = 0;
    second = now;
    return signatures++ < kSignaturesPerSecond;
  }
};

}  // namespace picus::auth
