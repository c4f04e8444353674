#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/store.h"
#include "store/dynamodb_meta.h"

namespace picus {

/// Which items a Scan reads.
struct ScanPart {
  std::string_view after;  ///< the key to go on behind; empty: from the beginning
  std::size_t max_items;
  bool eventual = false;
  unsigned segment = 0;
  unsigned segments = 1;
};

/// The parameters of DynamoDB's operations on one table, as JSON. Thread-safe.
class DynamoDbRequests {
 public:
  DynamoDbRequests(std::string_view table, std::string_view key_attribute);

  [[nodiscard]] std::string get_item(std::string_view key, bool eventual) const;

  /// A put that happens if the condition holds, and answers with the item that it found where it
  /// does not hold; under Always with the item that it replaced. With an idempotency hash in `meta`
  /// it does not replace an item that the same hash left.
  /// Errors: reserved_name (a member has the name of the key attribute), internal.
  [[nodiscard]] Result<std::string> put_item(const NewItem& item, const PutCondition& condition,
                                             const ItemMeta& meta, std::int64_t now_ms) const;

  /// A removal that happens if the condition holds, and answers with the item where it does not.
  [[nodiscard]] std::string delete_item(const Key& key, const RemoveCondition& condition) const;

  [[nodiscard]] std::string scan(const ScanPart& part) const;

 private:
  std::string table_;          ///< `{"TableName":"items"`
  std::string key_attribute_;  ///< as it is
  std::string key_name_;       ///< `"id"`, escaped
};

}  // namespace picus
