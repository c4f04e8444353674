#include "core/store.h"

#include <limits>
#include <utility>

namespace picus {
namespace {

/// One scan() after another.
class ScannedPages final : public PageStream {
 public:
  ScannedPages(Store& store, ScanAllRequest request)
      : store_(store), request_(std::move(request)) {}

  asio::awaitable<Result<Page>> read(std::string buffer) override {
    ScanRequest scan{.after = std::move(after_),
                     .max_items = std::numeric_limits<std::size_t>::max(),
                     .max_bytes = request_.page_bytes,
                     .separator = request_.separator,
                     .buffer = std::move(buffer),
                     .skip_damaged = request_.skip_damaged};
    const Context context{.deadline = std::chrono::steady_clock::now() + request_.page_deadline,
                          .eventual = request_.eventual};
    auto page = co_await store_.scan(std::move(scan), context);
    if (page && page->next) after_ = std::exchange(*page->next, {});
    co_return page;
  }

 private:
  Store& store_;
  ScanAllRequest request_;
  std::string after_;
};

}  // namespace

std::string_view name_of(StoreState state) {
  switch (state) {
    case StoreState::ok:
      return "ok";
    case StoreState::unreachable:
      return "unreachable";
    case StoreState::denied:
      return "denied";
    case StoreState::missing:
      return "missing";
    case StoreState::throttled:
      return "throttled";
  }
  std::unreachable();
}

std::unique_ptr<PageStream> Store::scan_all(ScanAllRequest request) {
  return std::make_unique<ScannedPages>(*this, request);
}

}  // namespace picus
