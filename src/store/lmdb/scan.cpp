#include "store/lmdb/scan.h"

#include <lmdb.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/item.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/error.h"
#include "store/lmdb/record.h"
#include "store/lmdb/value.h"

namespace picus {
namespace {

/// The kernel maps this much, aligned, around a page that a read faults in (fault_around_bytes).
constexpr unsigned kWindowBits = 23;
/// A shorter page leaves its windows mapped: what it read will likely be asked for again.
constexpr std::size_t kLongPageBytes = 64UZ * 1024;

/// The parts of the map that were read.
class TouchedWindows {
 public:
  void add(std::string_view bytes) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
    const std::uintptr_t first = address >> kWindowBits;
    const std::uintptr_t last = (address + bytes.size()) >> kWindowBits;
    if (!runs_.empty() && first >= runs_.back().first && first <= runs_.back().last + 1) {
      runs_.back().last = std::max(runs_.back().last, last);
      return;
    }
    runs_.push_back({first, last});
  }

  /// The map is shared and read-only: its pages stay in the page cache, and a later read finds them
  /// there. Other memory may begin inside the first or last window: nothing outside `map` is
  /// touched.
  void give_back(AddressRange map) const {
    for (const Run& run : runs_) {
      const std::uintptr_t begin = std::max(run.first << kWindowBits, map.begin);
      const std::uintptr_t end = std::min((run.last + 1) << kWindowBits, map.end);
      // NOLINTNEXTLINE(performance-no-int-to-ptr): rounded to whole pages.
      if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
  }

 private:
  struct Run {
    std::uintptr_t first;
    std::uintptr_t last;
  };
  std::vector<Run> runs_;
};

/// An LMDB code: at the first item behind `after`, MDB_NOTFOUND where there is none.
int seek(MDB_cursor* cursor, const std::string& after, MDB_val& key, MDB_val& value) {
  key = value_of(after.empty() ? kFirstKey : std::string_view(after));
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (code != 0 || text_of(key) != after) return code;
  return mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
}

}  // namespace

Result<Page> scan_page(const ReadTransaction& snapshot, ScanRequest request) {
  const bool skip = request.skip_damaged;
  // A cursor may be the key of a damaged item that was left out.
  if (!request.after.empty() && !skip && !Key::parse(request.after, ErrorCode::invalid_cursor)) {
    return failure(ErrorCode::invalid_cursor, "The cursor was not issued by this store.");
  }
  MDB_cursor* opened = nullptr;
  if (const int code = mdb_cursor_open(snapshot.get(), snapshot.environment().items(), &opened);
      code != 0) {
    return std::unexpected(lmdb_error(code, "scan"));
  }
  const LmdbCursor cursor(opened);
  const Environment& environment = snapshot.environment();

  Page page{.text = std::move(request.buffer), .count = 0, .next = std::nullopt};
  page.text.clear();
  TouchedWindows windows;
  std::string_view last = request.after;
  MDB_val key{};
  MDB_val value{};
  int code = seek(cursor.get(), request.after, key, value);
  while (code == 0) {
    if ((page.count != 0 || !page.damaged.empty()) &&
        (page.count + page.damaged.size() >= request.max_items ||
         page.text.size() > request.max_bytes)) {
      page.next.emplace(last);
      break;
    }
    // Where a broken tree leads back, the scan would not end.
    if (!environment.has_mapped(text_of(key)) || text_of(key) <= last) {
      code = MDB_CORRUPTED;
      break;
    }
    const auto json = environment.has_mapped(text_of(value))
                          ? read_record_json(text_of(key), text_of(value))
                          : std::nullopt;
    last = text_of(key);
    if (json) {
      windows.add(text_of(value));
      page.text += *json;
      page.text += request.separator;
      ++page.count;
    } else if (skip) {
      page.damaged.emplace_back(last);
    } else {
      return std::unexpected(damaged_item_in_list(last));
    }
    code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
  }
  if (code != 0 && code != MDB_NOTFOUND) return std::unexpected(lmdb_error(code, "scan"));
  if (page.text.size() >= kLongPageBytes) windows.give_back(environment.map());
  return page;
}

}  // namespace picus
