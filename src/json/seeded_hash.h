#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace picus::json {

/// A hash of `text` and a number, with a seed that is new in each process: a client cannot make
/// texts whose hashes are equal.
std::size_t seeded_hash(std::string_view text, std::uint64_t number = 0);

}  // namespace picus::json
