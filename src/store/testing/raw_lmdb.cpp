#include "store/testing/raw_lmdb.h"

#include <lmdb.h>

#include <stdexcept>

#include "store/lmdb/directory.h"
#include "store/lmdb/readers.h"
#include "store/lmdb/value.h"

namespace picus {
namespace {

constexpr std::size_t kRawMapBytes = 1UZ << 30;
constexpr std::string_view kFormatKey{"\0format", 7};

void must(int code) {
  if (code != 0) throw std::runtime_error(mdb_strerror(code));
}

/// Begins a transaction, does `work(transaction, items)` and commits.
template <typename Work>
void in_transaction(MDB_env* env, Work work) {
  MDB_txn* transaction = nullptr;
  must(mdb_txn_begin(env, nullptr, 0, &transaction));
  MDB_dbi items = 0;
  must(mdb_dbi_open(transaction, nullptr, 0, &items));
  work(transaction, items);
  must(mdb_txn_commit(transaction));
}

}  // namespace

RawLmdb::RawLmdb(const std::filesystem::path& directory) {
  must(mdb_env_create(&env_));
  must(mdb_env_set_mapsize(env_, kRawMapBytes));
  must(mdb_env_set_maxreaders(env_, kMaxReaders));
  must(mdb_env_open(env_, items_file(directory).c_str(), MDB_NOSUBDIR | MDB_NOTLS, 0600));
}

RawLmdb::~RawLmdb() {
  if (writer_ != nullptr) mdb_txn_abort(writer_);
  for (MDB_txn* reader : readers_) mdb_txn_abort(reader);
  mdb_env_close(env_);
}

void RawLmdb::hold_write_lock() { must(mdb_txn_begin(env_, nullptr, 0, &writer_)); }

void RawLmdb::put(std::string_view key, std::string_view value) {
  in_transaction(env_, [&](MDB_txn* transaction, MDB_dbi items) {
    MDB_val place = value_of(key);
    MDB_val content = value_of(value);
    must(mdb_put(transaction, items, &place, &content, 0));
  });
}

std::optional<std::string> RawLmdb::get(std::string_view key) {
  std::optional<std::string> found;
  in_transaction(env_, [&](MDB_txn* transaction, MDB_dbi items) {
    MDB_val place = value_of(key);
    MDB_val content{};
    if (mdb_get(transaction, items, &place, &content) != 0) return;
    found.emplace(static_cast<const char*>(content.mv_data), content.mv_size);
  });
  return found;
}

void RawLmdb::remove(std::string_view key) {
  in_transaction(env_, [&](MDB_txn* transaction, MDB_dbi items) {
    MDB_val place = value_of(key);
    must(mdb_del(transaction, items, &place, nullptr));
  });
}

void RawLmdb::mark_format(std::string_view text) { put(kFormatKey, text); }

std::size_t RawLmdb::take_readers(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    MDB_txn* reader = nullptr;
    if (mdb_txn_begin(env_, nullptr, MDB_RDONLY, &reader) != 0) return i;
    readers_.push_back(reader);
  }
  return count;
}

std::size_t RawLmdb::readers() {
  std::size_t count = 0;
  const auto on_line = [](const char* line, void* counted) {
    if (std::string_view(line).find_first_of("0123456789") != std::string_view::npos) {
      ++*static_cast<std::size_t*>(counted);
    }
    return 0;
  };
  must(mdb_reader_list(env_, on_line, &count) < 0 ? EINVAL : 0);
  return count;
}

}  // namespace picus
