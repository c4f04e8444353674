#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/metrics.h"

namespace picus {

/// Counts the capacity that calls consume, as DynamoDB reports it. A call whose condition failed
/// consumes capacity too, but DynamoDB does not report it.
class ConsumedCapacity {
 public:
  /// nullptr: nothing is counted.
  explicit ConsumedCapacity(Registry* registry);

  /// Whether the calls of this operation are counted.
  [[nodiscard]] bool counts(std::string_view operation) const;
  /// Adds to the parameters of a call that the response is to have the capacity.
  static void request(std::string& body);
  /// Counts the capacity in a response, and returns it in thousandths.
  std::uint64_t count(std::string_view operation, std::string_view response) const;

 private:
  Counters units_;
  bool is_on_ = false;
};

/// The units in a response, in thousandths; 0: it has none.
std::uint64_t consumed_milliunits(std::string_view response);

}  // namespace picus
