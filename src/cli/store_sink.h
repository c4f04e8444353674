#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "cli/item_sink.h"

namespace picus::cli {

/// Puts items into a store of this process, which outlives the sink. Items that fail temporarily
/// are put again, as long as at least one item succeeds within `patience`.
class StoreSink final : public ItemSink {
 public:
  static constexpr std::chrono::milliseconds kPatience{10'000};
  static constexpr std::chrono::milliseconds kPause{500};

  explicit StoreSink(Store& store, std::chrono::milliseconds patience = kPatience,
                     std::chrono::milliseconds pause = kPause)
      : store_(store), patience_(patience), pause_(pause) {}
  asio::awaitable<std::expected<BatchOutcome, std::string>> put(std::vector<NewItem> batch,
                                                                OnConflict on_conflict) override;
  [[nodiscard]] bool was_reached() const override { return was_reached_; }

 private:
  /// The items of the batch that failed temporarily or were not put yet.
  struct Failed {
    std::size_t index;
    ErrorCode code = ErrorCode::store_unavailable;
  };

  asio::awaitable<Result<std::vector<Failed>>> put_once(const std::vector<NewItem>* batch,
                                                        const std::vector<Failed>* these,
                                                        OnConflict on_conflict,
                                                        BatchOutcome* result);
  asio::awaitable<Result<bool>> holds(const NewItem* item);
  asio::awaitable<std::optional<ErrorCode>> sort_out(ErrorCode error, const NewItem* item,
                                                     std::size_t index, BatchOutcome* result);

  Store& store_;
  std::chrono::milliseconds patience_;
  std::chrono::milliseconds pause_;
  bool was_reached_ = false;
};

}  // namespace picus::cli
