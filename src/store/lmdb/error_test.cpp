#include "store/lmdb/error.h"

#include <gtest/gtest.h>
#include <lmdb.h>

#include <cerrno>

namespace picus {
namespace {

TEST(LmdbError, NoRoomIsStoreFull) {
  for (const int code : {ENOSPC, EDQUOT, EFBIG, MDB_MAP_FULL}) {
    EXPECT_TRUE(is_full(code)) << code;
    EXPECT_EQ(lmdb_error(code, "write").code(), ErrorCode::store_full) << code;
  }
}

TEST(LmdbError, ABrokenTreeIsStoreDamaged) {
  for (const int code :
       {MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_CURSOR_FULL, MDB_PAGE_FULL, MDB_INCOMPATIBLE}) {
    EXPECT_TRUE(is_damage(code)) << code;
    EXPECT_EQ(lmdb_error(code, "write").code(), ErrorCode::store_damaged) << code;
  }
}

TEST(LmdbError, AMistakeOfOursIsInternal) {
  for (const int code : {MDB_BAD_TXN, MDB_BAD_VALSIZE, MDB_BAD_DBI, MDB_TXN_FULL, EINVAL}) {
    EXPECT_FALSE(is_full(code)) << code;
    EXPECT_FALSE(is_damage(code)) << code;
    EXPECT_EQ(lmdb_error(code, "write").code(), ErrorCode::internal) << code;
  }
}

TEST(LmdbError, AllElseIsStoreUnavailable) {
  for (const int code :
       {EIO, EACCES, EROFS, ENOMEM, MDB_PANIC, MDB_READERS_FULL, MDB_MAP_RESIZED, -1}) {
    EXPECT_FALSE(is_full(code)) << code;
    EXPECT_EQ(lmdb_error(code, "write").code(), ErrorCode::store_unavailable) << code;
  }
}

TEST(LmdbError, TheDetailNamesTheActionAndTheReason) {
  const Error error = lmdb_error(EIO, "commit");
  EXPECT_EQ(error.detail(), "commit: Input/output error");
  EXPECT_FALSE(error.message().contains("Input"));
}

}  // namespace
}  // namespace picus
