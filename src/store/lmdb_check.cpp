#include "store/lmdb_check.h"

#include <lmdb.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/item.h"
#include "json/item_parser.h"
#include "store/lmdb_error.h"
#include "store/lmdb_file.h"
#include "store/lmdb_value.h"
#include "store/record.h"

namespace picus {
namespace {

/// What is wrong with a record, or nothing.
std::optional<std::string> problem_of(json::ItemParser& parser, std::string_view key,
                                      const std::optional<Record>& record) {
  if (auto parsed = Key::parse(std::string(key), ErrorCode::invalid_key); !parsed) {
    return "The key is not one: " + parsed.error().message();
  }
  if (!record) return "The record's header is damaged, or of an unknown layout.";
  if (Etag::of(record->json) != record->etag) return "The tag is not that of the text.";
  const auto item = parser.parse(record->json);
  if (!item) return "The text is not an item: " + item.error().message;
  if (item->id != key) return "The text's id is not the key.";
  return std::nullopt;
}

void add(CheckReport& report, std::string_view key, std::string what) {
  ++report.problem_count;
  if (report.problems.size() >= CheckReport::kMaxProblems) return;
  report.problems.push_back({.key = std::string(key), .what = std::move(what)});
}

/// LMDB stops at some broken pages with an assertion, which by itself ends the process.
struct BrokenTree : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void report_broken_tree(MDB_env* /*env*/, const char* assertion) {
  throw BrokenTree(assertion);
}

void verify(CheckReport& report, json::ItemParser& parser, std::string_view key,
            std::string_view value) {
  const auto record = read_record(value);
  ++report.items;
  if (record) report.json_bytes += record->json.size();
  if (auto problem = problem_of(parser, key, record)) add(report, key, std::move(*problem));
}

Result<CheckReport> walk(const ReadTransaction& snapshot) {
  MDB_cursor* opened = nullptr;
  if (const int code = mdb_cursor_open(snapshot.get(), snapshot.environment().items(), &opened);
      code != 0) {
    return std::unexpected(lmdb_error(code, "check"));
  }
  const LmdbCursor cursor(opened);

  CheckReport report;
  json::ItemParser parser;
  MDB_val key = value_of(kFirstKey);
  MDB_val value{};
  int code = mdb_cursor_get(cursor.get(), &key, &value, MDB_SET_RANGE);
  while (code == 0) {
    verify(report, parser, text_of(key), text_of(value));
    code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
  }
  if (code != MDB_NOTFOUND) return std::unexpected(lmdb_error(code, "check"));
  return report;
}

}  // namespace

Result<CheckReport> check(const std::filesystem::path& directory, Log& log) {
  constexpr std::size_t kMapBytes = std::size_t{1} << 30;
  auto file =
      LmdbFile::open({.directory = directory, .map_bytes = kMapBytes, .read_only = true}, log);
  if (!file) return std::unexpected(std::move(file.error()));
  const auto snapshot = (*file)->read();
  if (!snapshot) return std::unexpected(snapshot.error());
  mdb_env_set_assert(snapshot->environment().get(), report_broken_tree);
  try {
    return walk(*snapshot);
  } catch (const BrokenTree& broken) {
    return std::unexpected(lmdb_error(MDB_CORRUPTED, broken.what()));
  }
}

}  // namespace picus
