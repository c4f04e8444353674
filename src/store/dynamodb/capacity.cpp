#include "store/dynamodb/capacity.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "json/reader.h"

namespace picus {
namespace {

struct Counted {
  std::string_view operation;
  std::string_view kind;
};
constexpr auto kCounted = std::to_array<Counted>(
    {{"GetItem", "read"}, {"Scan", "read"}, {"PutItem", "write"}, {"DeleteItem", "write"}});

std::size_t row_of(std::string_view operation) {
  const auto* const found = std::ranges::find(kCounted, operation, &Counted::operation);
  return static_cast<std::size_t>(found - kCounted.begin());
}

/// `2.5` is 2500. What a number has beyond thousandths is dropped.
std::uint64_t thousandths(std::string_view number) {
  std::uint64_t value = 0;
  unsigned decimals = 0;
  bool is_fraction = false;
  for (const char c : number) {
    if (c == '.') {
      is_fraction = true;
      continue;
    }
    if (c < '0' || c > '9' || decimals == 3) break;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    decimals += is_fraction ? 1 : 0;
  }
  for (; decimals < 3; ++decimals) value *= 10;
  return value;
}

}  // namespace

std::uint64_t consumed_milliunits(std::string_view response) {
  json::Reader in(response);
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) break;
    if (name->text != "ConsumedCapacity") {
      in.skip();
      continue;
    }
    in.enter('{');
    while (in.next('}')) {
      const auto member = in.name();
      if (!member) return 0;
      if (member->text == "CapacityUnits") return thousandths(in.number().value_or("0"));
      in.skip();
    }
  }
  return 0;
}

ConsumedCapacity::ConsumedCapacity(Registry* registry) : is_on_(registry != nullptr) {
  if (!is_on_) return;
  units_ = registry->counters({.name = "picus_dynamodb_consumed_capacity_units_total",
                               .help = "Capacity units of the table that calls consumed.",
                               .decimals = 3},
                              kCounted.size(), [](std::size_t series) {
                                const auto& [operation, kind] = kCounted[series];
                                return Labels{
                                    {.name = "db_operation_name", .value = std::string(operation)},
                                    {.name = "kind", .value = std::string(kind)}};
                              });
}

bool ConsumedCapacity::counts(std::string_view operation) const {
  return is_on_ && row_of(operation) < kCounted.size();
}

void ConsumedCapacity::request(std::string& body) {
  body.insert(1, R"("ReturnConsumedCapacity":"TOTAL",)");
}

std::uint64_t ConsumedCapacity::count(std::string_view operation, std::string_view response) const {
  const std::uint64_t milliunits = consumed_milliunits(response);
  units_.add(row_of(operation), milliunits);
  return milliunits;
}

}  // namespace picus
