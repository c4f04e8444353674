#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

/// The items of the benchmarks: item number n of a given size is the same text everywhere and
/// always, in the form in which Picus keeps it: `{"id":"item-00000042","name":…,"note":"…"}`.
class Items {
 public:
  /// Every item's text has exactly `item_bytes` bytes (at least 170).
  explicit Items(std::size_t item_bytes);

  [[nodiscard]] std::string text(std::uint64_t number) const;
  /// The same item as DynamoDB writes it: the members are attributes, in the same order.
  [[nodiscard]] std::string attributes(std::uint64_t number) const;
  /// The number of the item that this is the exact text of, or nothing.
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view text) const;

 private:
  std::string note_;
  std::string after_id_;  ///< all of the text from the quote that ends the id
};

/// The id of item number n.
std::string item_id(std::uint64_t number);

enum class Order : std::uint8_t { ascending, shuffled };

/// The numbers 0 … count-1, each once; `shuffled`: far from each other, in the same order always.
class Sequence {
 public:
  Sequence(std::uint64_t count, Order order);
  /// `index` is below count.
  [[nodiscard]] std::uint64_t at(std::uint64_t index) const;

 private:
  std::uint64_t count_;
  std::uint64_t step_ = 1;
};

/// Gives the items as NDJSON, in pieces of some 100 KiB, to `sink`.
void each_piece(const Items& items, const Sequence& sequence, std::uint64_t count,
                const std::function<void(std::string_view)>& sink);

}  // namespace bench
