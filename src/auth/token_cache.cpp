#include "auth/token_cache.h"

#include <utility>

#include "json/seeded_hash.h"

namespace picus::auth {
namespace {

// Full tables and what they refer to are less than 2 MiB.
constexpr std::size_t kGenerationTokens = 2048;
constexpr std::size_t kGenerationBytes = 512UZ * 1024;

}  // namespace

std::size_t TokenCache::Hash::operator()(std::string_view token) const {
  return json::seeded_hash(token);
}

bool TokenCache::Equal::operator()(std::string_view a, std::string_view b) const {
  if (a.size() != b.size()) return false;
  // In bytes, of which a compiler compares many at a time: as fast as words.
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

TokenCache::Bearer TokenCache::find(std::string_view token, std::chrono::sys_seconds now) {
  if (const auto found = young_.find(token); found != young_.end()) {
    return now < found->second.good_until ? found->second.bearer : nullptr;
  }
  const auto found = old_.find(token);
  if (found == old_.end()) return nullptr;
  Entry entry = std::move(found->second);
  old_.erase(found);
  if (now >= entry.good_until) return nullptr;
  Bearer bearer = entry.bearer;
  insert(std::string(token), std::move(entry));
  return bearer;
}

void TokenCache::add(std::string_view token, Bearer bearer, std::chrono::sys_seconds good_until) {
  insert(std::string(token), {.bearer = std::move(bearer), .good_until = good_until});
}

void TokenCache::insert(std::string token, Entry entry) {
  if (const auto found = young_.find(token); found != young_.end()) {
    found->second = std::move(entry);
    return;
  }
  const std::size_t bytes =
      token.size() + entry.bearer->name().size() + entry.bearer->label().size();
  if (young_.size() == kGenerationTokens || young_bytes_ + bytes > kGenerationBytes) {
    old_ = std::exchange(young_, {});
    young_bytes_ = 0;
  }
  young_bytes_ += bytes;
  young_.emplace(std::move(token), std::move(entry));
}

void TokenCache::clear() {
  young_ = {};
  old_ = {};
  young_bytes_ = 0;
}

}  // namespace picus::auth
