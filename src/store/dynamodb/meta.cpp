#include "store/dynamodb/meta.h"

#include "core/base64.h"
#include "json/reader.h"

namespace picus {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view type,
                   std::string_view value) {
  if (!out.ends_with('{')) out += ',';
  out += '"';
  out += name;
  out += R"(":{")";
  out += type;
  out += "\":";
  out += value;
  out += '}';
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

/// A member's value; what has another type than we give it is passed over.
void read_member(json::Reader& in, std::string_view name, ItemMeta& meta) {
  if (!in.enter('{') || !in.next('}')) return;
  const auto type = in.name();
  if (!type) return;
  std::string buffer;
  if (type->text == "S") {
    const auto text = in.string();
    if (!text) return;
    const std::string_view value = text->unescaped(buffer);
    if (name == kMetaEtag) meta.etag = Etag::parse(value);
    if (name == kMetaWrite) meta.write = value;
    if (name == kMetaIdempotency) meta.idempotency = value;
  } else if (type->text == "BOOL" && name == kMetaCreated) {
    meta.created = in.boolean().value_or(false);
  } else {
    in.skip();
  }
  in.next('}');
}

}  // namespace

std::string idempotency_text(const IdempotencyHash& hash) {
  std::string text;
  append_base64url(text, hash);
  return text;
}

void append_meta(std::string& out, const ItemMeta& meta, std::int64_t updated_ms) {
  out += '"';
  out += kMetaAttribute;
  out += R"(":{"M":{)";
  if (meta.etag) append_member(out, kMetaEtag, "S", quoted(meta.etag->text()));
  append_member(out, kMetaUpdated, "N", quoted(std::to_string(updated_ms)));
  append_member(out, kMetaCreated, "BOOL", meta.created ? "true" : "false");
  append_member(out, kMetaWrite, "S", quoted(meta.write));
  if (!meta.idempotency.empty()) {
    append_member(out, kMetaIdempotency, "S", quoted(meta.idempotency));
  }
  out += "}}";
}

ItemMeta read_meta(std::string_view value) {
  ItemMeta meta;
  json::Reader in(value);
  if (!in.enter('{') || !in.next('}')) return {};
  const auto type = in.name();
  if (!type || type->text != "M" || !in.enter('{')) return {};
  std::string buffer;
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) return {};
    read_member(in, name->unescaped(buffer), meta);
  }
  return in.failed() ? ItemMeta{} : meta;
}

}  // namespace picus
