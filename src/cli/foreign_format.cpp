#include "cli/foreign_format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <span>

#include "core/ascii.h"
#include "json/reader.h"

namespace picus::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kObjects =
    "write each record as a JSON object, one per line, and import that";
constexpr std::string_view kUnpack = "unpack it first";

struct Magic {
  std::string_view bytes;
  std::string_view what;
  std::string_view way;
  std::size_t offset = 0;
};

constexpr std::string_view kToUtf8 = "iconv -f UTF-16 -t UTF-8 FILE | picus import -";
constexpr std::size_t kTarOffset = 257;
constexpr std::size_t kLmdbOffset = 16;

constexpr std::array kMagics = {
    Magic{"\xff\xfe\0\0"sv, "UTF-32 text", "iconv -f UTF-32 -t UTF-8 FILE | picus import -"},
    Magic{"\xff\xfe", "UTF-16 text", kToUtf8},
    Magic{"\xfe\xff", "UTF-16 text", kToUtf8},
    Magic{"{\0"sv, "UTF-16 text", "iconv -f UTF-16LE -t UTF-8 FILE | picus import -"},
    Magic{"[\0"sv, "UTF-16 text", "iconv -f UTF-16LE -t UTF-8 FILE | picus import -"},
    Magic{"\0{"sv, "UTF-16 text", "iconv -f UTF-16BE -t UTF-8 FILE | picus import -"},
    Magic{"\0["sv, "UTF-16 text", "iconv -f UTF-16BE -t UTF-8 FILE | picus import -"},
    Magic{"PK\x03\x04", "a zip archive", "unzip -p FILE | picus import -"},
    Magic{"\xfd\x37zXZ\0"sv, "xz", "xz -dc FILE | picus import -"},
    Magic{"1AY&SY", "bzip2", "bzip2 -dc FILE | picus import -", 4},
    Magic{"\x04\x22\x4d\x18", "lz4", "lz4 -dc FILE | picus import -"},
    Magic{"7z\xbc\xaf\x27\x1c", "a 7z archive", kUnpack},
    Magic{"\x1f\x8b", "gzip inside compressed data", "gzip -dc FILE | picus import -"},
    Magic{"\x28\xb5\x2f\xfd", "zstd inside compressed data", "zstd -dc FILE | picus import -"},
    Magic{"\x1f\x9d", "compress (.Z)", "zcat FILE | picus import -"},
    Magic{"ustar", "a tar archive", "tar -xOf FILE NAME | picus import -", kTarOffset},
    Magic{"SQLite format 3", "an SQLite database",
          "sqlite3 -json FILE 'SELECT * FROM TABLE' | picus import -"},
    Magic{"PAR1", "Parquet",
          "duckdb -c \"COPY (FROM 'FILE') TO 'items.ndjson' (FORMAT json)\", and import that"},
    Magic{"Obj\x01", "Avro", kObjects},
    Magic{"ARROW1", "Arrow", kObjects},
    Magic{"\xde\xc0\xef\xbe", "an LMDB file",
          "picus restore restores a snapshot of picus backup, picus export reads a data directory",
          kLmdbOffset},
    Magic{"\x6d\xe2\x99\x81", "a MongoDB archive",
          "restore it, and import the output of mongoexport with --id-from _id"},
    Magic{"PGDMP", "a PostgreSQL archive",
          "restore it, and import the output of row_to_json for each row"},
    Magic{"REDIS", "a Redis snapshot", kObjects},
    Magic{"%PDF", "PDF", kObjects},
    Magic{"\xd0\xcf\x11\xe0", "an old Office document", "save it as CSV, and convert that to JSON"},
    Magic{"\x89PNG", "a picture", kObjects},
    Magic{"\xff\xd8\xff", "a picture", kObjects},
    Magic{"GIF8", "a picture", kObjects},
    Magic{"\x7f\x45LF", "a program", "import its output"},
};

/// A document begins with its length, the type of its first element, and that element's name.
bool is_bson(std::string_view head) {
  constexpr std::size_t kNameOffset = 5;
  constexpr std::uint32_t kMostBytes = 17U * 1024 * 1024;
  if (head.size() <= kNameOffset) return false;
  std::uint32_t size = 0;
  for (unsigned i = 0; i < 4; ++i) {
    size |= static_cast<std::uint32_t>(static_cast<unsigned char>(head[i])) << (8 * i);
  }
  constexpr unsigned char kLastType = 0x13;
  const auto type = static_cast<unsigned char>(head[4]);
  const std::string_view name =
      head.substr(kNameOffset, head.find('\0', kNameOffset) - kNameOffset);
  return size > kNameOffset && size < kMostBytes && type >= 1 && type <= kLastType &&
         !name.empty() && name.size() + kNameOffset < head.size() &&
         std::ranges::all_of(name, [](unsigned char c) { return c >= ' '; });
}

bool begins_with(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [text](std::string_view word) {
    return equals_ignoring_case(text.substr(0, word.size()), word);
  });
}

constexpr std::array kHtml = {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv};
constexpr std::array kSql = {"--"sv,          "/*!"sv,         "create table"sv, "insert into"sv,
                             "begin;"sv,      "begin trans"sv, "drop table"sv,   "lock tables"sv,
                             "start trans"sv, "alter table"sv, "replace into"sv};
/// The header of a table may begin with these words too: `Create Date,Amount`.
constexpr std::array kSqlOrTable = {"create "sv, "pragma "sv, "set "sv, "copy "sv, "use "sv};
constexpr std::array kScriptOrTable = {"export "sv, "module.exports"sv, "const "sv,    "var "sv,
                                       "let "sv,    "window."sv,        "(function"sv, "import "sv};
constexpr std::array kComment = {"//"sv, "/*"sv};

std::string_view first_line(std::string_view text) {
  return trimmed(text.substr(0, text.find('\n')));
}

std::string_view second_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  return end == std::string_view::npos ? std::string_view() : first_line(text.substr(end + 1));
}

bool is_sql(std::string_view text) {
  const std::string_view line = first_line(text);
  const bool is_statement = line.ends_with(';') || line.ends_with('(');
  return begins_with(text, kSql) || (is_statement && begins_with(text, kSqlOrTable));
}

bool is_script(std::string_view text) {
  return begins_with(text, kScriptOrTable) &&
         first_line(text).find_first_of("={[(;") != std::string_view::npos;
}

ForeignFormat yaml_format() { return {"YAML", "yq -o=json -I=0 FILE | picus import -"}; }

/// What begins a document, and is no comment of SQL.
bool begins_yaml(std::string_view line) {
  return line == "---" || line.starts_with("--- ") || line.starts_with("%YAML");
}

/// `name:` or `name: value`, or an element of a list.
bool is_yaml(std::string_view line) {
  if (line.starts_with("- ")) return true;
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const bool ends = colon + 1 == line.size() || line[colon + 1] == ' ';
  return ends && std::ranges::all_of(line.substr(0, colon), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
         });
}

/// What separates the fields of a table in text, or 0.
char delimiter_of(std::string_view text) {
  const std::string_view header = first_line(text);
  const std::string_view row = second_line(text);
  for (const char delimiter : {'\t', ',', ';', '|'}) {
    const auto fields = std::ranges::count(header, delimiter);
    if (fields > 0 && (row.empty() || std::ranges::count(row, delimiter) >= fields)) {
      return delimiter;
    }
  }
  return 0;
}

ForeignFormat table_format(char delimiter) {
  if (delimiter == '\t') return {"TSV", "mlr --itsv --ojsonl cat FILE | picus import -"};
  if (delimiter == ',') return {"CSV", "mlr --icsv --ojsonl cat FILE | picus import -"};
  const std::string between(1, delimiter);
  return {"CSV with \"" + between + "\" between the fields",
          "mlr --icsv --ifs '" + between + "' --ojsonl cat FILE | picus import -"};
}

/// `a number` where the text is a JSON value that is no object or array.
std::string_view scalar_kind(std::string_view text) {
  json::Reader reader(first_line(text));
  const char first = reader.peek();
  if (!reader.skip() || !reader.end()) return {};
  switch (first) {
    case '"':
      return "a JSON string";
    case 't':
    case 'f':
      return "a JSON boolean";
    case 'n':
      return "a JSON null";
    default:
      return "a JSON number";
  }
}

}  // namespace

ForeignFormat foreign_binary(std::string_view head) {
  for (const Magic& magic : kMagics) {
    if (head.size() < magic.offset) continue;
    if (!head.substr(magic.offset).starts_with(magic.bytes)) continue;
    return {std::string(magic.what), std::string(magic.way)};
  }
  if (is_bson(head)) return {"BSON", "bsondump FILE | picus import --id-from _id -"};
  if (head.contains('\0')) return {"binary data", std::string(kObjects)};
  return {};
}

ForeignFormat foreign_text(std::string_view head) {
  const std::string_view line = first_line(head);
  if (begins_with(head, kHtml)) {
    return {"an HTML page", "it may be an error page of a failed download: open it"};
  }
  if (head.starts_with('<')) return {"XML", std::string(kObjects)};
  if (head.starts_with("HTTP/")) return {"the head of an HTTP response", "run curl without -i"};
  if (head.starts_with("#!")) return {"a script", "import its output"};
  if (begins_yaml(line)) return yaml_format();
  if (is_sql(head)) {
    return {"an SQL dump",
            "load it into its database, and export JSON from the database, as in sqlite3 -json "
            "DATABASE 'SELECT * FROM TABLE' | picus import -"};
  }
  if (is_script(head)) return {"JavaScript", "print the objects with JSON.stringify"};
  if (begins_with(head, kComment)) return {"JSON with comments", "remove the comments"};
  if (const auto value = scalar_kind(head); !value.empty()) {
    return {std::string(value), R"(an item is a JSON object, as in {"id":"a"})"};
  }
  if (head.starts_with("data:") || head.starts_with("event:")) {
    return {"an event stream", "sed -n 's/^data: *//p' FILE | picus import -"};
  }
  if (is_yaml(line)) return yaml_format();
  if (const char delimiter = delimiter_of(head)) return table_format(delimiter);
  return {"plain text", std::string(kObjects)};
}

}  // namespace picus::cli
