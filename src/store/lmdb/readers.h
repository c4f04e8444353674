#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
#include <vector>

struct MDB_txn;

namespace picus {

class Environment;

/// Where a reading thread keeps its LMDB transaction between two reads. On cache lines of its own:
/// readers on different cores share nothing.
struct alignas(128) ReaderSlot {
  std::mutex mutex;
  MDB_txn* transaction = nullptr;  ///< reset (it pins nothing) while the mutex is free
};

/// A snapshot. Ends with this object, on the thread that began it; keep it short, it holds pages
/// back from reuse.
class ReadTransaction {
 public:
  /// `slot` is locked, its transaction renewed.
  ReadTransaction(ReaderSlot& slot, const Environment& environment)
      : slot_(&slot), environment_(environment) {}

  [[nodiscard]] MDB_txn* get() const { return slot_->transaction; }
  [[nodiscard]] const Environment& environment() const { return environment_; }

 private:
  struct Reset {
    void operator()(ReaderSlot* slot) const;
  };
  std::unique_ptr<ReaderSlot, Reset> slot_;
  const Environment& environment_;
};

/// The reader slots of one process. A thread takes the first free slot, beginning with its own.
class ReaderSlots {
 public:
  static constexpr std::size_t kSlots = 32;

  /// A snapshot of now. `environment` changes only while all slots are locked; without one:
  /// MDB_PANIC. Errors: LMDB's codes; MDB_MAP_RESIZED: another process grew the file, the map must
  /// follow first.
  std::expected<ReadTransaction, int> begin(const std::unique_ptr<Environment>& environment);

  /// Keeps every reader out as long as the locks live.
  [[nodiscard]] std::vector<std::unique_lock<std::mutex>> lock_all();

  /// Lets go of the transactions. Only with all slots locked.
  void clear();

 private:
  std::unique_lock<std::mutex> lock_one(std::size_t& index);

  std::array<ReaderSlot, kSlots> slots_;
};

}  // namespace picus
