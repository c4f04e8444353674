#pragma once

#include "cli/item_sink.h"

namespace picus::cli {

/// Puts into a store of this process, which outlives the sink.
class StoreSink final : public ItemSink {
 public:
  explicit StoreSink(Store& store) : store_(store) {}
  asio::awaitable<Result<BatchOutcome>> put(std::vector<NewItem> batch,
                                            OnConflict on_conflict) override;

 private:
  struct Sent {
    Key key;
    Etag etag;
  };
  asio::awaitable<Result<bool>> holds(Sent sent);

  Store& store_;
};

}  // namespace picus::cli
