#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "store/testing/faulty_disk.h"

namespace picus {

/// What a power failure leaves of one file: the pages that were synced, and of every other any
/// state that it had since. A failed sync is as Linux has it: each page may have reached the disk
/// or not, and is taken for clean, so that no later sync writes it again. Pages are written whole.
class SimulatedDisk final : public DiskObserver {
 public:
  /// All that `file` holds now is durable. Observes from here on.
  SimulatedDisk(const std::filesystem::path& file, unsigned seed);

  /// What is found after a power failure now. A new throw of the dice each time.
  std::string image();
  /// Told after some of the writes and syncs, which may be in the midst of a commit.
  void when_it_might_fail(std::function<void()> told) { told_ = std::move(told); }

  void wrote(int descriptor, std::uint64_t offset, std::string_view bytes, bool durable,
             bool failed) override;
  void synced(int descriptor, bool failed) override;

 private:
  struct Page {
    std::optional<std::string> durable;
    std::vector<std::string> later;  ///< what stood there since, not synced
  };

  [[nodiscard]] bool is_ours(int descriptor) const;
  const std::optional<std::string>& any_state(const Page& page);
  void tell();

  ino_t inode_;
  std::string cache_;  ///< what the file holds for those who read it
  std::vector<Page> pages_;
  std::mt19937 random_;
  std::optional<std::string> chosen_;
  std::function<void()> told_;
  DiskObservation observation_{*this};
};

}  // namespace picus
