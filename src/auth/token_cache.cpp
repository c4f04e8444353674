#include "auth/token_cache.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "json/seeded_hash.h"
#include "json/word.h"

namespace picus::auth {
namespace {

// Full tables and what they refer to are less than 2 MiB.
constexpr std::size_t kGenerationTokens = 2048;
constexpr std::size_t kGenerationBytes = 512UZ * 1024;

constexpr std::size_t kEndBytes = 2 * sizeof(std::uint64_t);

}  // namespace

std::size_t TokenCache::Hash::operator()(std::string_view token) const {
  return json::seeded_hash(token.substr(token.size() - std::min(token.size(), kEndBytes)));
}

bool TokenCache::Equal::operator()(std::string_view a, std::string_view b) const {
  const auto difference_at = [&](std::size_t index) {
    const auto of_word = [&](std::size_t at) {
      return json::word_at<std::uint64_t>(a, at) ^ json::word_at<std::uint64_t>(b, at);
    };
    return of_word(index) | of_word(index + (kEndBytes / 2));
  };
  if (a.size() != b.size()) return false;
  if (a.size() < kEndBytes) return a == b;  // no valid token is so short
  const std::size_t end = a.size() - kEndBytes;
  if (difference_at(end) != 0) return false;
  std::uint64_t difference = 0;
  // With vectors, an API token takes twice as many instructions.
#pragma clang loop vectorize(disable)
  for (std::size_t i = 0; i < end; i += kEndBytes) difference |= difference_at(i);
  return difference == 0;
}

TokenCache::Bearer TokenCache::find(std::string_view token, std::chrono::sys_seconds now) {
  if (last_found_ == nullptr || !Equal()(last_found_->first, token)) {
    const auto found = young_.find(token);
    if (found == young_.end()) return find_old(token, now);
    last_found_ = &*found;
  }
  const Entry& entry = last_found_->second;
  return now < entry.good_until ? entry.bearer : nullptr;
}

TokenCache::Bearer TokenCache::find_old(std::string_view token, std::chrono::sys_seconds now) {
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
  last_found_ = nullptr;
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
  last_found_ = nullptr;
  young_ = {};
  old_ = {};
  young_bytes_ = 0;
}

}  // namespace picus::auth
