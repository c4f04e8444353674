#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace picus::json {

/// A hash of `text` and a number, with a random seed per process: a client cannot construct texts
/// with equal hashes.
std::size_t seeded_hash(std::string_view text, std::uint64_t number = 0);

}  // namespace picus::json
