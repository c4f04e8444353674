#pragma once

#include <cstddef>
#include <vector>

#include "core/item.h"

namespace picus {

/// The items' positions in the order of their keys; equal keys stay in their order.
std::vector<std::size_t> by_key(const std::vector<NewItem>& items);

}  // namespace picus
