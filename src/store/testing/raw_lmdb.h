#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct MDB_env;
struct MDB_txn;

namespace picus {

/// A store's file through LMDB alone: for tests, to put into it what no store would. Only while no
/// store has it open in this process. Throws where LMDB fails.
class RawLmdb {
 public:
  /// Makes `items.mdb`, without a format mark, where there is none.
  explicit RawLmdb(const std::filesystem::path& directory);
  ~RawLmdb();
  RawLmdb(const RawLmdb&) = delete;
  RawLmdb& operator=(const RawLmdb&) = delete;

  void put(std::string_view key, std::string_view value);
  std::optional<std::string> get(std::string_view key);
  void remove(std::string_view key);
  void mark_format(std::string_view text);

  /// Holds the write lock until this object ends.
  void hold_write_lock();
  /// Takes places in the reader table, up to `count`, until this object ends; how many there were.
  std::size_t take_readers(std::size_t count);
  /// How many places are taken, by all processes.
  std::size_t readers();

 private:
  MDB_env* env_ = nullptr;
  MDB_txn* writer_ = nullptr;
  std::vector<MDB_txn*> readers_;
};

}  // namespace picus
