#include "store/lmdb/error.h"

#include <lmdb.h>

#include <cerrno>
#include <string>
#include <utility>

namespace picus {
namespace {

Error damaged_record(std::string_view key, std::string message) {
  return Error(ErrorCode::store_damaged, std::move(message), "record", std::string(key));
}

}  // namespace

bool is_full(int code) {
  return code == ENOSPC || code == EDQUOT || code == EFBIG || code == MDB_MAP_FULL;
}

bool is_damage(int code) {
  switch (code) {
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_INCOMPATIBLE:
      return true;
    default:
      return false;
  }
}

Error damaged_item(std::string_view key) {
  return damaged_record(key,
                        "The item is damaged and cannot be read. To replace it, put the item with "
                        "If-Match: *; to remove it, delete it.");
}

Error damaged_item_in_list(std::string_view key) {
  return damaged_record(key, "An item in the store is damaged and cannot be read.");
}

Error lmdb_error(int code, std::string_view action) {
  std::string detail(action);
  detail += ": ";
  detail += mdb_strerror(code);
  if (is_full(code)) {
    return Error(
        ErrorCode::store_full,
        "The store has no space left for this change. Make room on its disk, or delete items.",
        std::move(detail));
  }
  if (is_damage(code)) {
    return Error(ErrorCode::store_damaged, "A part of the store is damaged and cannot be used.",
                 std::move(detail));
  }
  switch (code) {
    case MDB_BAD_TXN:
    case MDB_BAD_VALSIZE:
    case MDB_BAD_DBI:
    case MDB_TXN_FULL:
    case EINVAL:
      return Error(ErrorCode::internal, "The store failed to execute the request.",
                   std::move(detail));
    default:
      return Error(ErrorCode::store_unavailable, "The store cannot be reached at the moment.",
                   std::move(detail));
  }
}

std::unexpected<Error> refuse_store(std::string message, int code) {
  return failure(ErrorCode::store_unavailable, std::move(message),
                 code == 0 ? std::string() : mdb_strerror(code));
}

}  // namespace picus
