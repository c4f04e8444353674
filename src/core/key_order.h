#pragma once

#include <cstddef>
#include <vector>

#include "core/item.h"

namespace picus {

/// The indexes of the items in the order of their keys; equal keys keep their order.
std::vector<std::size_t> by_key(const std::vector<NewItem>& items);

}  // namespace picus
