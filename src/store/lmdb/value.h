#pragma once

#include <lmdb.h>

#include <memory>
#include <string_view>

namespace picus {

/// Sorts after the format mark and before every key: keys have no control characters.
inline constexpr std::string_view kFirstKey = "\x01";

/// An argument for LMDB, which takes non-const pointers but does not write through them.
inline MDB_val value_of(std::string_view text) {
  return {.mv_size = text.size(), .mv_data = const_cast<char*>(text.data())};
}

/// Valid as long as the value of LMDB: until the transaction ends or writes.
inline std::string_view text_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

struct CloseLmdbCursor {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};

using LmdbCursor = std::unique_ptr<MDB_cursor, CloseLmdbCursor>;

}  // namespace picus
