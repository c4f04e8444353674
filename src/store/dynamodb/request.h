#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/store.h"
#include "store/dynamodb/meta.h"

namespace picus {

/// The items that a Scan reads.
struct ScanPart {
  std::string_view after;  ///< the key to continue after; empty: from the start
  std::size_t max_items;
  bool eventual = false;
  unsigned segment = 0;
  unsigned segments = 1;
};

/// The condition of a write.
struct Pin {
  enum class Kind : std::uint8_t {
    free,      ///< there is no item
    write,     ///< there is the item of the write with this name
    nameless,  ///< there is an item of another program, without the name of a write
    nothing,   ///< never true
  };
  Kind kind;
  std::string write = {};

  /// Requires that the key still has what was found.
  static Pin on(const std::optional<ItemMeta>& found);
  static Pin nothing() { return {.kind = Kind::nothing}; }
};

/// The parameters of DynamoDB's operations on one table, as JSON. Thread-safe.
class DynamoDbRequests {
 public:
  DynamoDbRequests(std::string_view table, std::string_view key_attribute);

  [[nodiscard]] std::string get_item(std::string_view key, bool eventual) const;

  /// A consistent read of an item's key and meta.
  [[nodiscard]] std::string get_meta(std::string_view key) const;

  /// A put that succeeds if the pin holds, and otherwise returns the stored item. Errors:
  /// reserved_name (a member has the name of the key attribute), internal.
  [[nodiscard]] Result<std::string> put_item(const NewItem& item, const Pin& pin,
                                             const ItemMeta& meta, std::int64_t now_ms) const;
  /// A put that never succeeds, and returns the stored item.
  [[nodiscard]] std::string impossible_put(const Key& key) const;

  /// A removal that succeeds if the pin holds, and otherwise returns the stored item.
  [[nodiscard]] std::string delete_item(const Key& key, const Pin& pin) const;

  [[nodiscard]] std::string scan(const ScanPart& part) const;
  [[nodiscard]] std::string describe_table() const;

 private:
  std::string table_;          ///< `{"TableName":"items"`
  std::string key_attribute_;  ///< as configured
  std::string key_name_;       ///< `"id"`, escaped
};

}  // namespace picus
