#include "core/key_order.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

namespace picus {

std::vector<std::size_t> by_key(const std::vector<NewItem>& items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), 0UZ);
  const auto place = [&items](std::size_t index) {
    return std::pair(std::string_view(items[index].key.text()), index);
  };
  if (!std::ranges::is_sorted(order, {}, place)) std::ranges::sort(order, {}, place);
  return order;
}

}  // namespace picus
