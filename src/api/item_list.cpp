#include "api/item_list.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/accept.h"

namespace picus {
namespace {

/// The items of a store as one body.
class ListStream final : public ByteStream {
 public:
  ListStream(std::unique_ptr<PageStream> pages, Page first, ListFormat format, Budget::Share place)
      : place_(std::move(place)),
        pages_(std::move(pages)),
        page_(std::move(first)),
        format_(format) {}

  asio::awaitable<Result<std::string_view>> read() override {
    // A page without items is not the end, which a piece without bytes would be.
    do {
      if (ended_) co_return std::string_view{};
      if (begun_) {
        auto page = co_await pages_->read(std::move(page_.text));
        if (!page) co_return std::unexpected(std::move(page.error()));
        page_ = std::move(*page);
      }
      frame();
    } while (page_.text.empty());
    co_return page_.text;
  }

 private:
  /// Brackets and commas around the items of the page. A comma goes before an item, never after:
  /// the pages to come may turn out to be empty.
  void frame() {
    ended_ = !page_.next.has_value();
    const bool first = !std::exchange(begun_, true);
    if (format_ == ListFormat::ndjson) return;
    if (page_.count > 0) {
      page_.text.pop_back();
      if (std::exchange(has_items_, true)) page_.text.insert(page_.text.begin(), ',');
    }
    if (first) page_.text.insert(page_.text.begin(), '[');
    if (ended_) page_.text += ']';
  }

  Budget::Share place_;
  std::unique_ptr<PageStream> pages_;
  Page page_;
  ListFormat format_;
  bool begun_ = false;
  bool has_items_ = false;  ///< in the pages so far
  bool ended_ = false;
};

}  // namespace

ListFormat list_format(const Request& request) {
  const unsigned ndjson = named_weight(request, "application/x-ndjson");
  const unsigned json = accepted_weight(request, "application/json");
  return ndjson > 0 && ndjson >= json ? ListFormat::ndjson : ListFormat::array;
}

std::string_view media_type(ListFormat format) {
  return format == ListFormat::ndjson ? "application/x-ndjson" : "application/json";
}

char separator(ListFormat format) { return format == ListFormat::ndjson ? '\n' : ','; }

std::string page_text(Page page, ListFormat format) {
  if (format == ListFormat::ndjson) return std::move(page.text);
  if (page.count > 0) page.text.pop_back();
  return '[' + page.text + ']';
}

std::unique_ptr<ByteStream> list_stream(std::unique_ptr<PageStream> pages, Page first,
                                        ListFormat format, Budget::Share place) {
  return std::make_unique<ListStream>(std::move(pages), std::move(first), format, std::move(place));
}

}  // namespace picus
