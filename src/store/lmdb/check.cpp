#include "store/lmdb/check.h"

#include <lmdb.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/concat.h"
#include "core/item.h"
#include "json/item_parser.h"
#include "store/lmdb/error.h"
#include "store/lmdb/file.h"
#include "store/lmdb/record.h"
#include "store/lmdb/value.h"

namespace picus {
namespace {

/// What is wrong with an item, or nothing.
std::optional<std::string> problem_of(json::ItemParser& parser, std::string_view key,
                                      std::string_view value, const std::optional<Record>& record) {
  if (auto parsed = Key::parse(std::string(key), ErrorCode::invalid_key); !parsed) {
    return "The key is not valid: " + parsed.error().message();
  }
  if (!record && layout_of(value)) {
    return "The record is damaged: its checksum or ETag does not match.";
  }
  if (!record) return "The header of the record is damaged or has an unknown layout.";
  if (Etag::of(record->json) != record->etag) {
    return "The stored ETag does not match the item: the item is damaged.";
  }
  const auto item = parser.parse(record->json);
  if (!item) return "The text is not an item: " + item.error().message;
  if (item->id != key) return "The id in the text differs from the key.";
  return std::nullopt;
}

/// LMDB stops at some broken pages with an assertion, which by itself ends the process.
struct BrokenTree : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void report_broken_tree(MDB_env* /*env*/, const char* assertion) {
  throw BrokenTree(assertion);
}

class StoreCheck {
 public:
  StoreCheck(const ReadTransaction& snapshot, CheckProgress& progress)
      : snapshot_(snapshot), progress_(progress) {}

  Result<CheckReport> run() {
    MDB_cursor* opened = nullptr;
    const int code = mdb_cursor_open(snapshot_.get(), environment().items(), &opened);
    if (code != 0) return std::unexpected(lmdb_error(code, "check"));
    const LmdbCursor cursor(opened);
    try {
      walk(cursor.get());
    } catch (const BrokenTree& broken) {
      add(last_, "After this key the tree is damaged: " + std::string(broken.what()) + ".");
    }
    return std::move(report_);
  }

 private:
  [[nodiscard]] const Environment& environment() const { return snapshot_.environment(); }

  void add(std::string_view key, std::string what) {
    ++report_.problem_count;
    if (report_.problems.size() >= CheckReport::kMaxProblems) return;
    report_.problems.push_back({.key = std::string(key), .what = std::move(what)});
  }

  /// Where in the file this is, as a part of a sentence.
  [[nodiscard]] std::string page_of(std::string_view bytes) const {
    const AddressRange map = environment().map();
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
    if (address < map.begin || address >= map.end) return "";
    return concat(" (page ", (address - map.begin) / environment().page_bytes(), ")");
  }

  void advance(std::string_view key) {
    ++progress_.items;
    progress_.key_bytes = std::min(key.size(), sizeof progress_.key);
    key.copy(progress_.key, progress_.key_bytes);
  }

  void walk(MDB_cursor* cursor) {
    std::uint64_t entries = 0;
    MDB_val key{};
    MDB_val value{};
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    while (code == 0) {
      if (!environment().has_mapped(text_of(key)) ||
          (entries != 0 && text_of(key) <= std::string_view(last_))) {
        add(last_, "After this key the tree is damaged: the keys do not ascend" +
                       page_of(text_of(key)) + ".");
        return;
      }
      ++entries;
      last_ = text_of(key);
      if (text_of(key) >= kFirstKey) verify(text_of(key), text_of(value));
      code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (code != MDB_NOTFOUND) {
      add(last_, "After this key the tree is damaged: " + std::string(mdb_strerror(code)) + ".");
      return;
    }
    compare_count(entries);
  }

  void compare_count(std::uint64_t entries) {
    MDB_stat stat{};
    mdb_stat(snapshot_.get(), environment().items(), &stat);
    if (stat.ms_entries == entries) return;
    add("", concat("The tree has ", entries, " entries instead of ", stat.ms_entries,
                   ": some were lost."));
  }

  void verify(std::string_view key, std::string_view value) {
    advance(key);
    ++report_.items;
    if (!environment().has_mapped(value)) {
      return add(key, "The record is outside the file.");
    }
    if (!is_found(key, value)) {
      add(key, "A lookup of this key does not find the item" + page_of(key) + ".");
    }
    const auto record = read_record(key, value);
    if (record) report_.json_bytes += record->json.size();
    if (auto problem = problem_of(parser_, key, value, record)) {
      add(key, std::move(*problem) + page_of(value));
    }
  }

  bool is_found(std::string_view key, std::string_view value) {
    MDB_val wanted = value_of(key);
    MDB_val found{};
    return mdb_get(snapshot_.get(), environment().items(), &wanted, &found) == 0 &&
           found.mv_data == value.data();
  }

  const ReadTransaction& snapshot_;
  CheckProgress& progress_;
  CheckReport report_;
  json::ItemParser parser_;
  std::string last_;
};

}  // namespace

Result<CheckReport> check(const std::filesystem::path& directory, Log& log,
                          CheckProgress& progress) {
  constexpr std::size_t kMapBytes = std::size_t{1} << 30;
  auto file =
      LmdbFile::open({.directory = directory, .map_bytes = kMapBytes, .read_only = true}, log);
  if (!file) return std::unexpected(std::move(file.error()));
  const auto snapshot = (*file)->read();
  if (!snapshot) return std::unexpected(snapshot.error());
  mdb_env_set_assert(snapshot->environment().get(), report_broken_tree);
  return StoreCheck(*snapshot, progress).run();
}

Result<CheckReport> check(const std::filesystem::path& directory, Log& log) {
  CheckProgress progress;
  return check(directory, log, progress);
}

}  // namespace picus
