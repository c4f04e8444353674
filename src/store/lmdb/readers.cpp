#include "store/lmdb/readers.h"

#include <lmdb.h>

#include <functional>
#include <thread>
#include <utility>

#include "store/lmdb/environment.h"
#include "store/lmdb/store_fault.h"

namespace picus {
namespace {

std::size_t home_slot() {
  // Thread ids are addresses: their low bits say nothing.
  const std::size_t id = std::hash<std::thread::id>()(std::this_thread::get_id());
  return ((id >> 12) * 0x9E3779B97F4A7C15ULL) >> 59;
}

int renew(ReaderSlot& slot, const Environment& environment) {
  if (slot.transaction != nullptr) {
    const int code = mdb_txn_renew(slot.transaction);
    if (code != MDB_BAD_RSLOT) return code;
    mdb_txn_abort(std::exchange(slot.transaction, nullptr));
  }
  int code = mdb_txn_begin(environment.get(), nullptr, MDB_RDONLY, &slot.transaction);
  if (code == MDB_READERS_FULL) {
    // Processes that were killed may still stand in the reader table.
    mdb_reader_check(environment.get(), nullptr);
    code = mdb_txn_begin(environment.get(), nullptr, MDB_RDONLY, &slot.transaction);
  }
  if (code != 0) slot.transaction = nullptr;
  return code;
}

}  // namespace

static_assert(ReaderSlots::kSlots == 32, "home_slot takes five bits");

void ReadTransaction::Reset::operator()(ReaderSlot* slot) const {
  mdb_txn_reset(slot->transaction);
  slot->mutex.unlock();
  FaultScope::leave();
}

std::unique_lock<std::mutex> ReaderSlots::lock_one(std::size_t& index) {
  const std::size_t home = home_slot();
  for (std::size_t step = 0; step < kSlots; ++step) {
    index = (home + step) % kSlots;
    std::unique_lock lock(slots_[index].mutex, std::try_to_lock);
    if (lock) return lock;
  }
  index = home;
  return std::unique_lock(slots_[home].mutex);
}

std::expected<ReadTransaction, int> ReaderSlots::begin(
    const std::unique_ptr<Environment>& environment) {
  std::size_t index = 0;
  std::unique_lock lock = lock_one(index);
  if (!environment) return std::unexpected(MDB_PANIC);
  ReaderSlot& slot = slots_[index];
  if (const int code = renew(slot, *environment); code != 0) return std::unexpected(code);
  lock.release();
  FaultScope::enter();
  return ReadTransaction(slot, *environment);
}

std::vector<std::unique_lock<std::mutex>> ReaderSlots::lock_all() {
  std::vector<std::unique_lock<std::mutex>> locks;
  locks.reserve(kSlots);
  for (ReaderSlot& slot : slots_) locks.emplace_back(slot.mutex);
  return locks;
}

void ReaderSlots::clear() {
  for (ReaderSlot& slot : slots_) {
    if (slot.transaction != nullptr) mdb_txn_abort(std::exchange(slot.transaction, nullptr));
  }
}

}  // namespace picus
