#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

/// The disk, as the stores of a test program find it. The program's own pwrite, writev, fdatasync,
/// fsync and fstatvfs stand in place of the C library's, for LMDB too. They go to the kernel as
/// they are unless an object below lives; of each class one at a time.
namespace picus {

enum class DiskCall : std::uint8_t {
  page_write,  ///< pwrite or writev behind the first two pages: changed pages, room written ahead
  meta_write,  ///< pwrite into the first two pages, with which a commit ends
  sync,        ///< fdatasync, fsync
};

/// Fails calls of one kind.
class DiskFault {
 public:
  struct Options {
    DiskCall call;
    int error;                                              ///< the errno
    unsigned from = 1;                                      ///< which call is the first to fail,
    unsigned times = std::numeric_limits<unsigned>::max();  ///< and how many do
    bool takes_effect = false;                              ///< it is carried out all the same
  };

  explicit DiskFault(Options options);
  ~DiskFault();
  DiskFault(const DiskFault&) = delete;
  DiskFault& operator=(const DiskFault&) = delete;

  /// How many calls failed.
  [[nodiscard]] unsigned hits() const;
};

/// Every sync waits while this lives.
class StalledSyncs {
 public:
  StalledSyncs();
  ~StalledSyncs();
  StalledSyncs(const StalledSyncs&) = delete;
  StalledSyncs& operator=(const StalledSyncs&) = delete;

  /// Returns once a sync waits.
  void wait_for_one();
};

/// Syncs succeed at once and do nothing: for tests that take many steps and prove nothing about
/// durability.
class SkippedSyncs {
 public:
  SkippedSyncs();
  ~SkippedSyncs();
  SkippedSyncs(const SkippedSyncs&) = delete;
  SkippedSyncs& operator=(const SkippedSyncs&) = delete;
};

/// A disk with so many free bytes.
class FreeSpace {
 public:
  explicit FreeSpace(std::uint64_t bytes);
  ~FreeSpace();
  FreeSpace(const FreeSpace&) = delete;
  FreeSpace& operator=(const FreeSpace&) = delete;
};

/// Syncs that this program has asked for.
std::uint64_t sync_count();
/// Returns once sync_count() is at least this.
void wait_for_syncs(std::uint64_t count);

/// What a program did to its files' bytes, told as it happens; the calls come one after another.
class DiskObserver {
 public:
  virtual ~DiskObserver() = default;
  /// `durable`: the descriptor is open with O_DSYNC. `failed`: the caller was told so.
  virtual void wrote(int descriptor, std::uint64_t offset, std::string_view bytes, bool durable,
                     bool failed) = 0;
  virtual void synced(int descriptor, bool failed) = 0;
};

/// `observer` hears of every write and sync while this lives.
class DiskObservation {
 public:
  explicit DiskObservation(DiskObserver& observer);
  ~DiskObservation();
  DiskObservation(const DiskObservation&) = delete;
  DiskObservation& operator=(const DiskObservation&) = delete;
};

}  // namespace picus
