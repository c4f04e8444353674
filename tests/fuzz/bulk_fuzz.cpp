#include <algorithm>

#include "api/bulk.h"
#include "core/run.h"
#include "fuzzing.h"
#include "store/testing/memory_store.h"

// Lines, or an array, of a bulk put: each item is counted once, and where the text is split makes
// no difference.
namespace picus::fuzzing {
namespace {

asio::awaitable<BulkReport> put(std::string_view text, std::size_t piece_bytes) {
  MemoryStore store;
  IdSource ids;
  Budget memory(64UZ * 1024 * 1024);
  Budget batches(1);
  const bool is_array = text.starts_with('[');
  BulkPut bulk(store, ids, memory, batches,
               {.format = is_array ? ItemFormat::array : ItemFormat::lines,
                .on_conflict = OnConflict::replace,
                .max_item_bytes = 100});
  while (!text.empty()) {
    co_await bulk.feed(text.substr(0, piece_bytes));
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  co_await bulk.finish();
  co_return bulk.report();
}

bool same(const BulkError& a, const BulkError& b) {
  return a.position == b.position && a.code == b.code;
}

}  // namespace

void look_at(std::string_view text) {
  const BulkReport whole = run(put(text, text.size()));
  const BulkReport pieces = run(put(text, 3));
  expect(whole.created == pieces.created && whole.replaced == pieces.replaced);
  expect(whole.failed == pieces.failed);
  expect(std::ranges::equal(whole.errors, pieces.errors, same));
  const bool is_array = text.starts_with('[');
  const auto ends = static_cast<std::uint64_t>(std::ranges::count(text, is_array ? ',' : '\n'));
  // What ends an array too early counts as one failure behind its elements.
  const std::uint64_t most = ends + (is_array ? 2 : 1);
  expect(whole.created + whole.replaced + whole.failed <= most);
}

}  // namespace picus::fuzzing
