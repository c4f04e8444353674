#include "api/budget.h"

#include <algorithm>

namespace picus {

std::optional<Budget::Share> Budget::take(std::size_t amount) {
  std::optional<Share> share(std::in_place, *this);
  if (!share->grow_to(amount)) share.reset();
  return share;
}

bool Budget::charge(std::size_t amount) {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (amount > size_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + amount, std::memory_order_relaxed));
  return true;
}

bool Budget::Share::grow_to(std::size_t amount) {
  if (amount <= amount_) return true;
  if (!budget_->charge(amount - amount_)) return false;
  amount_ = amount;
  return true;
}

void Budget::Share::shrink_to(std::size_t amount) {
  if (amount >= amount_) return;
  budget_->used_.fetch_sub(amount_ - amount, std::memory_order_relaxed);
  amount_ = amount;
}

}  // namespace picus
