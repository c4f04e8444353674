#include "auth/fixed_keys.h"

#include <utility>

namespace picus::auth {

void FixedKeys::replace(Sets sets) {
  const std::lock_guard lock(mutex_);
  sets_ = std::move(sets);
  ++version_;
}

KeySource::Keys FixedKeys::keys(const std::string& issuer) {
  const std::lock_guard lock(mutex_);
  const auto found = sets_.find(issuer);
  return found == sets_.end() ? nullptr : found->second;
}

asio::awaitable<KeySource::Keys> FixedKeys::newer_keys(std::string issuer) {
  co_return keys(issuer);
}

}  // namespace picus::auth
