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

/// The maximum number of readers, in all processes together: of entries in LMDB's table of readers.
inline constexpr unsigned kMaxReaders = 1024;

/// The lock file is not larger: it has a cache line for each reader, and three for all.
inline constexpr std::size_t kLockFileBytes = 64 * (kMaxReaders + 3UZ);

/// The place in which a thread keeps its LMDB transaction between reads. On its own cache lines, so
/// that readers on different cores share none.
struct alignas(128) ReaderSlot {
  std::mutex mutex;
  MDB_txn* transaction = nullptr;  ///< reset (it holds no pages) while the mutex is free
};

/// A snapshot. Ends with this object, on the thread that started it. Keep it short: it prevents the
/// reuse of pages.
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

/// The reader slots of one process. A thread takes the first free slot, starting with its own.
class ReaderSlots {
 public:
  static constexpr std::size_t kSlots = 32;

  /// A snapshot of the current state. `environment` changes only while all slots are locked;
  /// without one: MDB_PANIC. Errors: codes of LMDB; MDB_MAP_RESIZED: another process has grown the
  /// file, and the map must grow first.
  std::expected<ReadTransaction, int> begin(const std::unique_ptr<Environment>& environment);

  /// Blocks all readers while the locks exist.
  [[nodiscard]] std::vector<std::unique_lock<std::mutex>> lock_all();

  /// Ends the transactions. Only with all slots locked.
  void clear();

 private:
  std::unique_lock<std::mutex> lock_one(std::size_t& index);

  std::array<ReaderSlot, kSlots> slots_;
};

}  // namespace picus
