#pragma once

#include <atomic>
#include <cstdint>

namespace picus::aws {

/// Random numbers for jitter and for ids that are not secret (SplitMix64). Thread-safe.
class QuickRandom {
 public:
  explicit QuickRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31U);
  }

  /// From 0 (included) to 1 (excluded).
  double fraction() {
    constexpr unsigned kMantissaBits = 53;
    return static_cast<double>(next() >> (64U - kMantissaBits)) /
           static_cast<double>(1ULL << kMantissaBits);
  }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace picus::aws
