#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "auth/principal.h"

namespace picus::auth {

/// A cache of verified tokens, so that further requests with a token need no verification. Not
/// thread-safe: each thread has its own. Holds at most 4096 tokens, and 1 MiB of their texts and
/// the names of their holders; the least recently used are removed first.
class TokenCache {
 public:
  using Bearer = std::shared_ptr<const Principal>;

  TokenCache() = default;
  TokenCache(const TokenCache&) = delete;
  TokenCache& operator=(const TokenCache&) = delete;

  /// Null: not in the cache, or no longer valid at this time.
  Bearer find(std::string_view token, std::chrono::sys_seconds now);
  void add(std::string_view token, Bearer bearer, std::chrono::sys_seconds good_until);
  void clear();
  [[nodiscard]] std::size_t size() const { return young_.size() + old_.size(); }

 private:
  struct Entry {
    Bearer bearer;
    std::chrono::sys_seconds good_until;
  };
  /// Of the end of a token, which is random or a part of the signature. Seeded: a client cannot
  /// construct tokens that collide.
  struct Hash {
    using is_avalanching = void;
    using is_transparent = void;
    std::size_t operator()(std::string_view token) const;
  };
  /// In a time that depends on whether the ends differ, as a search by their hash does, and on
  /// nothing else.
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  using Generation = boost::unordered_flat_map<std::string, Entry, Hash, Equal>;

  Bearer find_old(std::string_view token, std::chrono::sys_seconds now);
  void insert(std::string token, Entry entry);

  // What is used moves to the young; once those are many the old are dropped, and they age.
  Generation young_;
  Generation old_;
  // The young one that was found last: many requests in a row have the same token.
  const Generation::value_type* last_found_ = nullptr;
  std::size_t young_bytes_ = 0;
};

}  // namespace picus::auth
