#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace picus {

/// A limit of a resource that requests share: places or bytes. Thread-safe.
class Budget {
 public:
  class Share;

  explicit Budget(std::size_t size) : size_(size) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  /// Nothing if less is left.
  std::optional<Share> take(std::size_t amount = 1);

 private:
  bool charge(std::size_t amount);

  std::size_t size_;
  std::atomic<std::size_t> used_ = 0;
};

/// A share of a budget, which outlives it. Its destructor returns the share.
class Budget::Share {
 public:
  /// An empty share.
  explicit Share(Budget& budget) : budget_(&budget) {}
  Share(Share&& other) noexcept
      : budget_(other.budget_), amount_(std::exchange(other.amount_, 0)) {}
  Share& operator=(Share&&) = delete;
  ~Share() { shrink_to(0); }

  [[nodiscard]] std::size_t amount() const { return amount_; }
  /// Increases the share to `amount`. False: less is left, and nothing was taken.
  [[nodiscard]] bool grow_to(std::size_t amount);
  /// Reduces the share to `amount`.
  void shrink_to(std::size_t amount);

 private:
  Budget* budget_;
  std::size_t amount_ = 0;
};

}  // namespace picus
