#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "items.h"

namespace bench {

/// A DynamoDB table whose items are those of `Items`, and stay so: every GetItem finds the first
/// item, every write succeeds. A Scan reads the table in pages of up to 1 MB, as DynamoDB does,
/// and in as many segments as it is asked for. What goes over the wire is what DynamoDB sends: the
/// head's fields, the checksum, the order of things; only the bytes of GetItem, PutItem,
/// DeleteItem and DescribeTable are always the same.
class Table {
 public:
  /// `with_meta`: the items have the attribute `picus:meta`, as those that Picus writes do.
  Table(std::uint64_t items, std::size_t item_bytes, bool with_meta);

  /// Head and body of the answer to an operation (`GetItem`) with these parameters; valid until the
  /// next call.
  std::string_view answer(std::string_view operation, std::string_view parameters);

 private:
  [[nodiscard]] std::string attributes(std::uint64_t number) const;
  [[nodiscard]] std::string scan(std::string_view parameters) const;

  Items items_;
  std::uint64_t count_;
  bool with_meta_;
  std::string got_;
  std::string written_;
  std::string described_;
  std::string scanned_;  ///< the last answer
};

}  // namespace bench
