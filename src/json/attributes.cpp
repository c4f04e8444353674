#include "json/attributes.h"

#include "json/number.h"
#include "json/text.h"

namespace picus::json {
namespace {

constexpr std::string_view kId = "id";
/// Longer, or with an exponent, a number goes out in one spelling that every endpoint reads.
constexpr std::size_t kPlainNumberBytes = 38;

/// Plain values to attribute values.
class AttributeWriter {
 public:
  AttributeWriter(std::string& out, Reader& in) : out_(out), in_(in) {}

  bool value() {
    switch (in_.peek()) {
      case '"':
        return string();
      case '{':
        return map();
      case '[':
        return list();
      case 't':
      case 'f':
        return boolean();
      case 'n':
        out_ += R"({"NULL":true})";
        return in_.skip();
      default:
        return number();
    }
  }

  bool string() {
    const auto text = in_.string();
    if (!text) return false;
    out_ += R"({"S":")";
    out_ += text->text;
    out_ += "\"}";
    return true;
  }

 private:
  bool boolean() {
    const auto value = in_.boolean();
    if (!value) return false;
    out_ += *value ? R"({"BOOL":true})" : R"({"BOOL":false})";
    return true;
  }

  bool number() {
    const auto text = in_.number();
    if (!text) return false;
    out_ += R"({"N":")";
    if (text->size() <= kPlainNumberBytes && text->find_first_of("eE") == std::string_view::npos) {
      out_ += *text;
    } else {
      append_scientific(out_, *text);
    }
    out_ += "\"}";
    return true;
  }

  bool map() {
    out_ += R"({"M":{)";
    in_.enter('{');
    for (bool first = true; in_.next('}'); first = false) {
      const auto name = in_.name();
      if (!name) return false;
      out_ += first ? "\"" : ",\"";
      out_ += name->text;
      out_ += "\":";
      if (!value()) return false;
    }
    out_ += "}}";
    return !in_.failed();
  }

  bool list() {
    out_ += R"({"L":[)";
    in_.enter('[');
    for (bool first = true; in_.next(']'); first = false) {
      if (!first) out_ += ',';
      if (!value()) return false;
    }
    out_ += "]}";
    return !in_.failed();
  }

  std::string& out_;
  Reader& in_;
};

/// Attribute values to plain values.
class PlainWriter {
 public:
  PlainWriter(std::string& out, Reader& in) : out_(out), in_(in) {}

  bool value() {
    if (!in_.enter('{') || !in_.next('}')) return in_.fail("an attribute value without a type");
    const auto type = in_.name();
    if (!type || !typed(type->text)) return in_.fail("an attribute value of an unknown type");
    if (in_.next('}')) return in_.fail("an attribute value with two types");
    return !in_.failed();
  }

  void name(const RawString& name) {
    out_ += '"';
    name.append_to(out_);
    out_ += "\":";
  }

 private:
  bool typed(std::string_view type) {
    if (type == "S" || type == "B") return string();
    if (type == "N") return number();
    if (type == "M") return map();
    if (type == "L") return array(&PlainWriter::value);
    if (type == "BOOL") return boolean();
    if (type == "NULL") return null();
    if (type == "SS" || type == "BS") return array(&PlainWriter::string);
    return type == "NS" && array(&PlainWriter::number);
  }

  bool string() {
    const auto text = in_.string();
    if (!text) return false;
    out_ += '"';
    text->append_to(out_);
    out_ += '"';
    return true;
  }

  bool number() {
    const auto text = in_.string();
    if (!text) return false;
    std::string buffer;
    const std::string_view token = text->unescaped(buffer);
    if (!is_number(token)) return in_.fail("a number that is not valid");
    out_ += token;
    return true;
  }

  bool boolean() {
    const auto value = in_.boolean();
    if (!value) return false;
    out_ += *value ? "true" : "false";
    return true;
  }

  bool null() {
    if (in_.boolean() != true) return in_.fail("a NULL that is not true");
    out_ += "null";
    return true;
  }

  bool map() {
    if (!in_.enter('{')) return false;
    out_ += '{';
    for (bool first = true; in_.next('}'); first = false) {
      const auto member = in_.name();
      if (!member) return false;
      if (!first) out_ += ',';
      name(*member);
      if (!value()) return false;
    }
    out_ += '}';
    return !in_.failed();
  }

  bool array(bool (PlainWriter::*element)()) {
    if (!in_.enter('[')) return false;
    out_ += '[';
    for (bool first = true; in_.next(']'); first = false) {
      if (!first) out_ += ',';
      if (!(this->*element)()) return false;
    }
    out_ += ']';
    return !in_.failed();
  }

  std::string& out_;
  Reader& in_;
};

/// `{"S":"…"}`
std::optional<RawString> string_value(Reader& in) {
  if (!in.enter('{') || !in.next('}')) {
    in.fail("an attribute value without a type");
    return std::nullopt;
  }
  const auto type = in.name();
  if (!type || type->text != "S") {
    in.fail("a key that is not a string");
    return std::nullopt;
  }
  const auto text = in.string();
  if (!text || in.next('}') || in.failed()) {
    in.fail("an attribute value with two types");
    return std::nullopt;
  }
  return text;
}

std::string id_member(const RawString& key) {
  std::string text = R"({"id":")";
  key.append_to(text);
  text += '"';
  return text;
}

}  // namespace

std::expected<void, AttributeFault> append_attributes(std::string& out, std::string_view item,
                                                      std::string_view key_attribute) {
  Reader in(item);
  AttributeWriter writer(out, in);
  std::string escaped_key;
  append_escaped(escaped_key, key_attribute);
  in.enter('{');
  bool first = true;
  for (; in.next('}'); first = false) {
    const auto name = in.name();
    if (!name || first != (name->text == kId)) return std::unexpected(AttributeFault::malformed);
    if (!first && name->text == escaped_key) return std::unexpected(AttributeFault::key_attribute);
    out += first ? "\"" : ",\"";
    out += first ? std::string_view(escaped_key) : name->text;
    out += "\":";
    if (first ? !writer.string() : !writer.value()) {
      return std::unexpected(AttributeFault::malformed);
    }
  }
  if (first || !in.end()) return std::unexpected(AttributeFault::malformed);
  return {};
}

std::optional<ItemAttributes> append_item(std::string& out, Reader& in, AttributeNames names) {
  const std::size_t begin = out.size();
  std::optional<RawString> key;
  ItemAttributes found;
  PlainWriter writer(out, in);
  std::string buffer;
  in.enter('{');
  while (in.next('}')) {
    const auto member = in.name();
    if (!member) return std::nullopt;
    const std::string_view name = member->unescaped(buffer);
    const std::size_t value_begin = in.position();
    if (name == names.key) {
      if (key) in.fail("an item with two keys");
      key = string_value(in);
      if (!key) return std::nullopt;
      // Mostly the key does not come first, and what came before it makes room.
      out.insert(begin, id_member(*key));
    } else if (name == names.meta) {
      if (!in.skip()) return std::nullopt;
      found.meta = in.since(value_begin);
    } else if (name == kId) {
      if (!in.skip()) return std::nullopt;
    } else {
      out += ',';
      writer.name(*member);
      if (!writer.value()) return std::nullopt;
    }
  }
  if (!key) in.fail("an item without its key");
  if (in.failed()) return std::nullopt;
  out += '}';
  found.key = *key;
  return found;
}

}  // namespace picus::json
